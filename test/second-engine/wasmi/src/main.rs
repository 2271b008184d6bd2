//! A second engine for the oracle: wasmi with its `deterministic` feature, which makes canonical NaNs where the specification
//! lets an engine choose. It reads calls from standard input, a line of JSON each, makes each on a fresh instance, and writes
//! what it came to to standard output, a line of JSON each.
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Write};
use wasmi::{
    Caller, Config, Engine, Error, Extern, ExternType, F32, F64, Func, Instance, Linker, Memory, Module, Store,
    StoreLimits, StoreLimitsBuilder, TrapCode, Val, ValType,
    errors::{ErrorKind, InstantiationError, MemoryError},
};

/// Instructions after which a call is given up. Calls that are compared end long before.
const FUEL: u64 = 10_000_000_000;
const PAGE: usize = 65_536;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    /// The module, in hex.
    module: String,
    fun: String,
    /// The bits of the arguments in hex, the lowest byte first.
    args: Vec<String>,
    /// Whether `_initialize` is called first.
    initialize: bool,
    /// Names of the exported globals that are told at the end.
    globals: Vec<String>,
    /// Most pages of the memory, slots of a table, and bytes of logs.
    pages: usize,
    table_slots: usize,
    log_bytes: usize,
}

/// What a call came to.
#[derive(Serialize)]
struct Seen {
    /// `ok` and the results, or `trap` and a code: the specification's traps by their codes in the profile. An access outside
    /// of a table and a call past its end are one code here.
    out: String,
    pages: usize,
    logs: String,
    globals: String,
    memory: String,
}

/// What the host functions work with.
struct Host {
    limits: StoreLimits,
    memory: Option<Memory>,
    logs: Vec<u8>,
    log_bytes: usize,
    /// The trap that a host function has raised.
    ended: Option<&'static str>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = engine();
    for line in io::stdin().lock().lines() {
        let call: Call = serde_json::from_str(&line?)?;
        let seen = run(&engine, &call).unwrap_or_else(|error| Seen {
            out: format!("fault {error}"),
            pages: 0,
            logs: String::new(),
            globals: String::new(),
            memory: String::new(),
        });
        println!("{}", serde_json::to_string(&seen)?);
        io::stdout().flush()?;
    }
    Ok(())
}

/// An engine with the features of the profile, and more stack than the profile allows.
fn engine() -> Engine {
    let mut config = Config::default();
    config.consume_fuel(true);
    config.set_max_recursion_depth(100_000).set_max_stack_height(64 << 20);
    config.wasm_multi_memory(false).wasm_extended_const(false).wasm_relaxed_simd(false);
    Engine::new(&config)
}

fn run(engine: &Engine, call: &Call) -> Result<Seen, Error> {
    let module = Module::new(engine, from_hex(&call.module))?;
    let limits = StoreLimitsBuilder::new().memory_size(call.pages * PAGE).table_elements(call.table_slots).build();
    let host = Host { limits, memory: None, logs: Vec::new(), log_bytes: call.log_bytes, ended: None };
    let mut store = Store::new(engine, host);
    store.limiter(|host| &mut host.limits);
    store.set_fuel(FUEL)?;
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { return Err(Error::new("an import that is no function")) };
        let function = match (import.module(), import.name()) {
            ("ipvm", "log") => Func::wrap(&mut store, log),
            ("env", "abort") => Func::new(&mut store, ty.clone(), |host, _, _| Err(end(host, "abort"))),
            _ => Func::new(&mut store, ty.clone(), |host, _, _| Err(end(host, "denied-import"))),
        };
        linker.define(import.module(), import.name(), function)?;
    }
    let (out, instance) = match linker.instantiate_and_start(&mut store, &module) {
        Err(error) => (trap(&store, &error)?, None),
        Ok(instance) => {
            let memory = instance.exports(&store).find_map(|export| export.into_memory());
            store.data_mut().memory = memory;
            let out = match enter(&mut store, &instance, call) {
                Err(error) => trap(&store, &error)?,
                Ok(results) => results,
            };
            (out, Some(instance))
        }
    };
    Ok(tell(&store, call, out, instance))
}

fn enter(store: &mut Store<Host>, instance: &Instance, call: &Call) -> Result<String, Error> {
    if call.initialize {
        instance.get_typed_func::<(), ()>(&*store, "_initialize")?.call(&mut *store, ())?;
    }
    let function = instance.get_func(&*store, &call.fun).ok_or_else(|| Error::new("no such function"))?;
    let ty = function.ty(&*store);
    let args: Vec<Val> = ty.params().iter().zip(&call.args).map(|(ty, bits)| value(*ty, &from_hex(bits))).collect();
    let mut results: Vec<Val> = ty.results().iter().map(|ty| value(*ty, &[0; 16])).collect();
    function.call(&mut *store, &args, &mut results)?;
    Ok(results.iter().fold(String::from("ok"), |line, result| line + " " + &show(result)))
}

fn tell(store: &Store<Host>, call: &Call, out: String, instance: Option<Instance>) -> Seen {
    let memory = store.data().memory.map_or(&[][..], |memory| memory.data(store));
    let globals: Vec<String> = instance.map_or(Vec::new(), |instance| {
        call.globals
            .iter()
            .filter_map(|name| match instance.get_export(store, name) {
                Some(Extern::Global(global)) => Some(format!("{name}={}", show(&global.get(store)))),
                _ => None,
            })
            .collect()
    });
    Seen {
        out,
        pages: memory.len() / PAGE,
        logs: to_hex(&store.data().logs),
        globals: globals.join(" "),
        memory: to_hex(&Sha256::digest(memory)),
    }
}

// ── Host functions ──────────────────────────────────────────────────────────────────────────────────────────────────

/// `ipvm.log(pointer, length)`: keeps the bytes that still fit.
fn log(mut caller: Caller<'_, Host>, pointer: u32, length: u32) -> Result<(), Error> {
    let memory = caller.data().memory.or_else(|| caller.get_export("memory").and_then(Extern::into_memory));
    let all = memory.map_or(&[][..], |memory| memory.data(&caller));
    let (from, to) = (pointer as usize, pointer as usize + length as usize);
    let Some(bytes) = all.get(from..to).map(<[u8]>::to_vec) else { return Err(end(caller, "memory-out-of-bounds")) };
    let host = caller.data_mut();
    let room = host.log_bytes - host.logs.len();
    host.logs.extend(bytes.iter().take(room));
    Ok(())
}

/// Ends the run with a trap.
fn end(mut caller: Caller<'_, Host>, code: &'static str) -> Error {
    caller.data_mut().ended = Some(code);
    Error::new(code)
}

/// The trap that an error is. Gives the error back if it is none.
fn trap(store: &Store<Host>, error: &Error) -> Result<String, Error> {
    if let Some(code) = store.data().ended {
        return Ok(format!("trap {code}"));
    }
    // Active segments that lie outside are no traps there, but ends of the instantiation.
    let segment = match error.kind() {
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            Some(TrapCode::TableOutOfBounds)
        }
        ErrorKind::Memory(MemoryError::OutOfBoundsAccess) => Some(TrapCode::MemoryOutOfBounds),
        _ => None,
    };
    let code = match error.as_trap_code().or(segment) {
        Some(TrapCode::UnreachableCodeReached) => "unreachable",
        Some(TrapCode::MemoryOutOfBounds) => "memory-out-of-bounds",
        Some(TrapCode::TableOutOfBounds) => "table-out-of-bounds",
        Some(TrapCode::IndirectCallToNull | TrapCode::BadSignature) => "bad-indirect-call",
        Some(TrapCode::IntegerDivisionByZero) => "divide-by-zero",
        Some(TrapCode::IntegerOverflow) => "integer-overflow",
        Some(TrapCode::BadConversionToInteger) => "invalid-conversion",
        Some(code) => return Err(Error::new(format!("{code:?}"))),
        None => return Err(Error::new(error.to_string())),
    };
    Ok(format!("trap {code}"))
}

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────────

fn value(ty: ValType, bytes: &[u8]) -> Val {
    let word = |size: usize| bytes.iter().take(size).rev().fold(0u128, |word, byte| word << 8 | u128::from(*byte));
    match ty {
        ValType::I32 => Val::I32(word(4) as i32),
        ValType::I64 => Val::I64(word(8) as i64),
        ValType::F32 => Val::F32(F32::from_bits(word(4) as u32)),
        ValType::F64 => Val::F64(F64::from_bits(word(8) as u64)),
        ValType::V128 => Val::V128(word(16).into()),
        _ => unreachable!("references do not cross"),
    }
}

/// Integers in decimal, signed; the bits of all others in hex, the lowest byte first.
fn show(value: &Val) -> String {
    match value {
        Val::I32(number) => number.to_string(),
        Val::I64(number) => number.to_string(),
        Val::F32(float) => to_hex(&float.to_bits().to_le_bytes()),
        Val::F64(float) => to_hex(&float.to_bits().to_le_bytes()),
        Val::V128(vector) => to_hex(&vector.as_u128().to_le_bytes()),
        _ => unreachable!("references do not cross"),
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}
