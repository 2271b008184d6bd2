/** Documents of other systems, with the CIDs that those systems give them. */

/** The module of all workflows of homestar: a UnixFS file of two blocks. */
export const EXAMPLE = 'bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq'
export const SYNTHCAT = 'bafybeiejevluvtoevgk66plh5t6xiy3ikyuuxg3vgofuvpeckb6eadresm'

/** The CIDs of instructions of homestar. */
export const CROP = 'bafyrmib46dl7oaksq4fo4oyvcqewe7ojybgchufmrpjovqto3wovsq5jjq'
export const ROTATE = 'bafyrmiekrfvz5lglddmnkm2l2tia43tagziokpamjipleen7spxizchxbu'
export const GRAYSCALE = 'bafyrmid33aguqgsuw3ktp7wcgrzst56hdu3gvcextx2k4mygv7lmsioxzu'
export const ADD_ONE = 'bafyrmihmxmsbt4n3g6dzmj7rho34mzfbaoqqbsfcq7etsogslqftbyj7du'

/** An instruction of homestar as JSON. `args` is JSON, so that `1` and `1.0` differ. */
export function instruction(func: string, args: string, nnc = '""', rsc = `"ipfs://${EXAMPLE}"`): string {
  return `{"rsc":${rsc},"op":"wasm/run","input":{"func":"${func}","args":${args}},"nnc":${nnc}}`
}

/** A task of homestar as JSON. */
export function task(run: string, meta = '{"memory":4294967296,"time":100000}'): string {
  return `{"cause":null,"meta":${meta},"prf":[],"run":${run}}`
}

const awaits = (cid: string): string => `[{"await/ok":{"/":"${cid}"}}]`

/** homestar-runtime/tests/fixtures/test-workflow-image-pipeline.json */
export const IMAGE_PIPELINE = `{"tasks":[${[
  task(instruction('crop', `[{"/":"${SYNTHCAT}"},150,350,500,500]`)),
  task(instruction('rotate90', awaits(CROP))),
  task(instruction('grayscale', awaits(ROTATE))),
].join(',')}]}`

/** What JavaScript makes of 2⁶⁴ − 1: an integer of more than 64 bits, which readers take for a float. */
export const LOST_FUEL = '{"fuel":18446744073709552000,"memory":4294967296,"time":100000}'

/** homestar-runtime/tests/fixtures/test-workflow-add-one.json */
export const ADD_ONE_WORKFLOW = `{"tasks":[${[
  task(instruction('add_one', '[1]'), LOST_FUEL),
  task(instruction('add_one', awaits(ADD_ONE)), LOST_FUEL),
].join(',')}]}`

/** homestar-runtime/tests/fixtures/test-workflow-add-one-nonced.json: a nonce as text, one as bytes, and none. */
export const NONCED_WORKFLOW = `{"tasks":[${[
  task(instruction('add_one', '[1]', '"1sod60ml6g26mfhsrsa0"'), LOST_FUEL),
  task(
    instruction(
      'add_one',
      awaits('bafyrmigh2n5i4iyl6mcfssv7lzx6yalwyslszngacuo3iw3mr3fgl3sopa'),
      '{"/":{"bytes":"oVI8XiFiec+c2XHS"}}',
    ),
    LOST_FUEL,
  ),
  task(instruction('add_one', awaits('bafyrmiasmpmbcnvm2mgmk772wy2mmioxmlhu7zndmphy5rw2xssuh2fwle')), LOST_FUEL),
].join(',')}]}`

const ISSUER = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

/** A UCAN 1.0 task. */
export const UCAN_TASK = `{"sub":"${ISSUER}","cmd":"/wasm/run","nonce":{"/":{"bytes":""}},"args":{"mod":{"/":"${EXAMPLE}"},"fun":"add_one","params":[42],"abi":"core"}}`

/** A UCAN 1.0 invocation with a module in itself, as the README of the specification has one. */
export const UCAN_INVOCATION = `[{"/":{"bytes":"bdNVZn+uTrQ8bgq5LocO2y3gqIyuEtvYWRUH9YT+SRK6v/SX8bjt+VZ9JIPVTdxkWb6nhVKBt6JGpgnjABpOCA"}},{"h":{"/":{"bytes":"NAHtAe0BE3E"}},"ucan/inv@1.0.0-rc.1":{"iss":"${ISSUER}","sub":"${ISSUER}","cmd":"/wasm/run","args":{"mod":"data:application/wasm;base64,AGFzbQEAAAA=","fun":"add_one","params":[42]},"prf":[],"nonce":{"/":{"bytes":""}},"exp":null,"meta":{"fuel":999999}}}]`

/** A UCAN 0.2 instruction. */
export const UCAN02 = `{"rsc":"ipfs://${EXAMPLE}","op":"wasm/run","input":{"func":"add_one","input":[42]},"nnc":"02468"}`

/** A link for what is only named. */
export const LINK = '{"/":"bafyreia5tctxekbm5bmuf6tsnragyvjdiiceg5q6wghfiiqczcuevmdqcu"}'

/** The object of ipvm-wg/spec issue 12. */
export const IPVM_TASK = `{"type":"ipvm/task","version":"0.1.0","safety":"deterministic","on":"ipvm/wasm","using":"${EXAMPLE}","run":{"args":[1,"text"]}}`
