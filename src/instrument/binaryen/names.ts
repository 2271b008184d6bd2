/**
 * The WebAssembly of the pinned package binaryen, and the names that its exports have there: the package shortens them.
 *
 * `node scripts/binaryen.mjs` compares this file with the package, whenever the project is built. With `--write` it states the
 * installed package here. To call another function, add its name with an empty text, and run that.
 */

/** SHA-256 of `binaryen.wasm`, in hex. Nothing else is ever run in its place. */
export const SHA256 = '48916159e6bb29f4bb03fcab110114ba83e03f96a2f78484167093ee27459ab3'

/** C functions that the port calls, without the prefix `Binaryen`. First those that read and change existing expressions. */
// prettier-ignore
export const FUNCTIONS = {
  ExpressionGetId: 'Tn', ExpressionGetType: 'Un', BlockGetName: '_n', BlockSetName: '$n', BlockGetNumChildren: 'ao',
  BlockGetChildAt: 'bo', BlockSetChildAt: 'co', BlockAppendChild: 'eo', BlockRemoveChildAt: 'go', IfGetCondition: 'ho',
  IfSetCondition: 'io', IfGetIfTrue: 'jo', IfSetIfTrue: 'ko', IfGetIfFalse: 'lo', IfSetIfFalse: 'mo', LoopGetName: 'no',
  LoopGetBody: 'po', LoopSetBody: 'qo', BreakGetName: 'ro', BreakGetCondition: 'to', BreakSetCondition: 'uo',
  BreakGetValue: 'vo', BreakSetValue: 'wo', SwitchGetNumNames: 'xo', SwitchGetNameAt: 'yo', SwitchGetDefaultName: 'Do',
  SwitchGetCondition: 'Fo', SwitchSetCondition: 'Go', SwitchGetValue: 'Ho', SwitchSetValue: 'Io',
  CallGetNumOperands: 'Lo', CallGetOperandAt: 'Mo', CallSetOperandAt: 'No', CallIsReturn: 'Ro', CallAppendOperand: 'Oo',
  CallIndirectAppendOperand: '_o', CallIndirectGetParams: 'dp', CallIndirectSetParams: 'ep',
  CallIndirectGetResults: 'fp', CallIndirectSetResults: 'gp', ExpressionSetType: 'Vn', FunctionSetType: 'Nz',
  FunctionGetType: 'Mz', ModuleCreate: 'ne', CallIndirectGetNumOperands: 'Xo', CallIndirectGetOperandAt: 'Yo',
  CallIndirectSetOperandAt: 'Zo', CallIndirectGetTarget: 'To', CallIndirectSetTarget: 'Uo', CallIndirectIsReturn: 'bp',
  LocalGetGetIndex: 'hp', LocalGetSetIndex: 'ip', LocalSetGetIndex: 'kp', LocalSetSetIndex: 'lp',
  LocalSetGetValue: 'mp', LocalSetSetValue: 'np', LocalSetIsTee: 'jp', GlobalSetGetValue: 'sp', GlobalSetSetValue: 'tp',
  LoadGetPtr: 'Zp', LoadSetPtr: '_p', StoreGetPtr: 'iq', StoreSetPtr: 'jq', StoreGetValue: 'kq', StoreSetValue: 'lq',
  UnaryGetOp: 'yq', UnaryGetValue: 'Aq', UnarySetValue: 'Bq', BinaryGetOp: 'Cq', BinaryGetLeft: 'Eq',
  BinarySetLeft: 'Fq', BinaryGetRight: 'Gq', BinarySetRight: 'Hq', SelectGetIfTrue: 'Yq', SelectSetIfTrue: 'Zq',
  SelectGetIfFalse: '_q', SelectSetIfFalse: '$q', SelectGetCondition: 'ar', SelectSetCondition: 'br',
  DropGetValue: 'cr', DropSetValue: 'dr', ReturnGetValue: 'er', ReturnSetValue: 'fr', MemoryGrowGetDelta: 'Mp',
  MemoryGrowSetDelta: 'Np', SIMDExtractGetVec: 'Ur', SIMDExtractSetVec: 'Vr', SIMDReplaceGetVec: '_r',
  SIMDReplaceSetVec: '$r', SIMDReplaceGetValue: 'cs', SIMDReplaceSetValue: 'ds', SIMDShuffleGetLeft: 'es',
  SIMDShuffleSetLeft: 'fs', SIMDShuffleGetRight: 'gs', SIMDShuffleSetRight: 'hs', SIMDTernaryGetA: 'ms',
  SIMDTernarySetA: 'ns', SIMDTernaryGetB: 'os', SIMDTernarySetB: 'ps', SIMDTernaryGetC: 'qs', SIMDTernarySetC: 'rs',
  SIMDShiftGetVec: 'us', SIMDShiftSetVec: 'vs', SIMDShiftGetShift: 'ws', SIMDShiftSetShift: 'xs', SIMDLoadGetPtr: 'Es',
  SIMDLoadSetPtr: 'Fs', SIMDLoadStoreLaneGetPtr: 'Os', SIMDLoadStoreLaneSetPtr: 'Ps', SIMDLoadStoreLaneGetVec: 'Qs',
  SIMDLoadStoreLaneSetVec: 'Rs', MemoryInitGetDest: 'Vs', MemoryInitSetDest: 'Ws', MemoryInitGetOffset: 'Xs',
  MemoryInitSetOffset: 'Ys', MemoryInitGetSize: 'Zs', MemoryInitSetSize: '_s', MemoryCopyGetDest: 'bt',
  MemoryCopySetDest: 'ct', MemoryCopyGetSource: 'dt', MemoryCopySetSource: 'et', MemoryCopyGetSize: 'ft',
  MemoryCopySetSize: 'gt', MemoryFillGetDest: 'ht', MemoryFillSetDest: 'it', MemoryFillGetValue: 'jt',
  MemoryFillSetValue: 'kt', MemoryFillGetSize: 'lt', MemoryFillSetSize: 'mt', RefIsNullGetValue: 'nt',
  RefIsNullSetValue: 'ot', TableGetGetIndex: 'wp', TableGetSetIndex: 'xp', TableSetGetIndex: 'Ap',
  TableSetSetIndex: 'Bp', TableSetGetValue: 'Cp', TableSetSetValue: 'Dp', TableGrowGetTable: 'Gp',
  TableGrowGetValue: 'Ip', TableGrowSetValue: 'Jp', TableGrowGetDelta: 'Kp', TableGrowSetDelta: 'Lp',
  TupleMakeGetNumOperands: 'bu', TupleMakeGetOperandAt: 'cu', TupleMakeSetOperandAt: 'du', TupleExtractGetTuple: 'hu',
  TupleExtractSetTuple: 'iu',

  Block: 'im', Break: 'lm', If: 'jm', Call: 'nm', LocalGet: 'rm', LocalSet: 'sm', LocalTee: 'tm', GlobalGet: 'um',
  GlobalSet: 'vm', Unary: 'zm', Binary: 'Am', Select: 'Dm', Const: 'ym', MemoryGrow: 'Hm', MemorySize: 'Gm',
  TableGrow: 'mn', TableSize: 'ln', Unreachable: 'Jm', SIMDTernary: 'Um', TupleMake: 'an', TupleExtract: 'bn',
  Drop: 'Em', Return: 'Fm', Nop: 'Im', AddFunction: 'nx', AddGlobal: 'tx', AddFunctionImport: 'Bx',
  AddFunctionExport: 'Gx', AddGlobalExport: 'Jx', AddMemoryExport: 'Ix', RemoveFunction: 'qx', GetFunctionByIndex: 'sx',
  GetGlobalByIndex: 'xx', GetTableByIndex: 'Tx', FunctionGetName: 'Az', FunctionGetParams: 'Bz',
  FunctionGetResults: 'Cz', FunctionGetNumVars: 'Dz', FunctionGetVar: 'Ez', FunctionAddVar: 'Fz', FunctionGetBody: 'Kz',
  FunctionSetBody: 'Lz', FunctionRunPasses: 'Pz', GlobalGetName: 'dA', TableGetName: 'Rz', TypeCreate: 'Ua',
  TypeArity: 'Va', TypeExpand: 'Wa', TypeNone: 'Ba', TypeUnreachable: 'Sa', TypeInt32: 'Ca', TypeInt64: 'Da',
  TypeFloat32: 'Ea', TypeFloat64: 'Fa', TypeVec128: 'Ga', TypeFuncref: 'Ha', TypeExternref: 'Ia',
  ModuleReadWithFeatures: 'vz', ModuleDispose: 'oe', SizeofLiteral: 'tB', LiteralInt32: 'pe', AddInt32: 'vf',
  SubInt32: 'wf', MulInt32: 'xf', ShrUInt32: 'Gf', GtSInt32: 'Qf', GtUInt32: 'Rf', LtSInt32: 'Mf', LtUInt32: 'Nf',
  EqInt32: 'Kf', AndInt32: 'Cf', AndInt64: '$f', AddInt64: 'Uf', SubInt64: 'Vf', MulInt64: 'Wf', OrInt64: 'ag',
  LtSInt64: 'jg', LtUInt64: 'kg', GtSInt64: 'ng', GtUInt64: 'og', EqInt64: 'hg', ShlInt64: 'cg', ShrUInt64: 'dg',
  EqZInt32: 'Ge', EqZInt64: 'Re', ExtendUInt32: 'Te', WrapInt64: 'Ue', GeFloat32: 'Dg', GeFloat64: 'Qg',
  NeFloat32: 'zg', NeFloat64: 'Mg', EqVecF32x4: 'ji', EqVecF64x2: 'pi', NeVecF32x4: 'ki', NeVecF64x2: 'qi',
  BitmaskVecI32x4: 'Dj', BitmaskVecI64x2: 'Wj', BitselectVec128: 'Ai', AnyTrueVec128: 'Ki', AddFloat32: 'rg',
  AddFloat64: 'Eg', AddVecF32x4: 'ik', AddVecF64x2: 'xk', OrInt32: 'Df', ReinterpretInt32: 'tf', ReinterpretInt64: 'uf',
  ReinterpretFloat32: 'bf', ReinterpretFloat64: 'cf', SplatVecI64x2: 'sh', SIMDExtract: 'Rm', SIMDReplace: 'Sm',
  ExtractLaneVecI64x2: 'th', ReplaceLaneVecI64x2: 'uh', LiteralInt64: 'qe', LiteralFloat32Bits: 'ue',
  LiteralFloat64Bits: 've', LiteralVec128: 'te', ModuleAllocateAndWrite: 'sz',
} as const

/** Functions that return the number of a kind of expression, without `Binaryen` and `Id`. */
// prettier-ignore
export const KINDS = {
  Block: 'Eb', If: 'Fb', Loop: 'Gb', Break: 'Hb', Switch: 'Ib', Call: 'Jb', CallIndirect: 'Kb', LocalGet: 'Lb',
  LocalSet: 'Mb', GlobalGet: 'Nb', GlobalSet: 'Ob', Load: 'Pb', Store: 'Qb', Const: 'gc', Unary: 'hc', Binary: 'ic',
  Select: 'jc', Drop: 'kc', Return: 'lc', MemorySize: 'mc', MemoryGrow: 'nc', Nop: 'Db', Unreachable: 'oc',
  SIMDExtract: 'Xb', SIMDReplace: 'Yb', SIMDShuffle: 'Zb', SIMDTernary: '_b', SIMDShift: '$b', SIMDLoad: 'ac',
  SIMDLoadStoreLane: 'bc', MemoryInit: 'cc', DataDrop: 'dc', MemoryCopy: 'ec', MemoryFill: 'fc', RefNull: 'qc',
  RefIsNull: 'rc', RefFunc: 'sc', TableGet: 'uc', TableSet: 'vc', TableSize: 'wc', TableGrow: 'xc', TupleMake: 'Hc',
  TupleExtract: 'Ic',
} as const

/**
 * Functions that return the bit of a feature, without `BinaryenFeature`: the features of the profile. With all of its features on,
 * binaryen writes encodings that engines reject.
 */
// prettier-ignore
export const FEATURES = {
  MutableGlobals: 'Od', NontrappingFPToInt: 'Pd', SIMD128: 'Qd', BulkMemory: 'Rd', BulkMemoryOpt: 'ee', SignExt: 'Sd',
  TailCall: 'Ud', ReferenceTypes: 'Vd', Multivalue: 'Wd', CallIndirectOverlong: 'fe',
} as const
