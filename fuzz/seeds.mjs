// Writes first inputs for the fuzz targets into FOLDER/<target>/: real blocks, transactions and genesis documents
// from the shared vectors where they are present, and a few handwritten ones. The fuzzer goes on from there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const SHARED = resolve(process.env.OTENTO_SHARED_DIR ?? join(ROOT, '../shared'));
const folder = process.argv[2];
const BLOCKS = 60;
const TRANSACTIONS = 200;

let count = 0;
function write(target, content) {
    const into = join(folder, target);
    mkdirSync(into, { recursive: true });
    writeFileSync(join(into, `seed-${count++}`), content);
}

/// [begin of payload, end of item] of the RLP item at `at`.
function item(bytes, at) {
    const first = bytes[at];
    if (first < 0x80) return [at, at + 1];
    const short = first < 0xc0 ? first - 0x80 : first - 0xc0;
    if (short < 56) return [at + 1, at + 1 + short];
    const size = short - 55;
    const begin = at + 1 + size;
    return [begin, begin + Number(BigInt('0x' + bytes.subarray(at + 1, begin).toString('hex')))];
}

function seedsOfChain(file) {
    const raw = readFileSync(file);
    const bytes = file.endsWith('.gz') ? gunzipSync(raw) : raw;
    let transactions = 0;
    for (let at = 0, n = 0; at < bytes.length && n < BLOCKS; n++) {
        const [body, end] = item(bytes, at);
        const block = bytes.subarray(at, end);
        write('fuzz_block', block);
        write('fuzz_rlp', block);
        const header = item(bytes, body)[1];
        const [first, last] = item(bytes, header);
        for (let tx = first; tx < last && transactions < TRANSACTIONS; transactions++) {
            const next = item(bytes, tx)[1];
            write('fuzz_transaction', bytes.subarray(tx, next));
            tx = next;
        }
        at = end;
    }
}

for (const name of ['constantinople-eip1283', 'public-and-private', 'staticcall-empty-account']) {
    const base = join(SHARED, 'spec/vectors', name);
    if (!existsSync(`${base}.rlp`)) continue;
    seedsOfChain(`${base}.rlp`);
    write('fuzz_config', readFileSync(`${base}.genesis.json`));
}
if (existsSync(join(SHARED, 'vectors/quorum24-chain-a'))) seedsOfChain(join(SHARED, 'vectors/quorum24-chain-a/chain.rlp.gz'));

const call = (method, params) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const bodies = [
    call('eth_getBlockByNumber', ['latest', true]), call('eth_call', [{ to: '0x' + '11'.repeat(20), data: '0x' }, 'latest']),
    `[${call('eth_chainId', [])},${call('eth_getLogs', [{ fromBlock: '0x0', topics: [null, ['0x' + '22'.repeat(32)]] }])}]`,
    call('eth_sendRawTransaction', ['0xf86b']), '{"jsonrpc":"2.0","id":"\\u00e9","method":"x","params":{"a":1e5}}',
];
for (const body of bodies) {
    write('fuzz_jsonrpc', body);
    write('fuzz_ipc', body + body);
    write('fuzz_http', `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
write('fuzz_rebuild', '{"hash":"0x00","parentHash":"0x' + '00'.repeat(32) + '","number":"0x1","transactions":[{"nonce":"0x0","to":null}],"uncles":[]}');
write('fuzz_http', 'GET /readyz HTTP/1.1\r\nHost: localhost:8545\r\nOrigin: http://x\r\n\r\n');
write('fuzz_http', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n');
const key = 'ab'.repeat(64);
write('fuzz_config', `["enode://${key}@127.0.0.1:30303?discport=0&raftport=50400", "enode://${key}@[::1]:1?raftport=2"]`);
write('fuzz_config', `enode://${key}@host.example:30303?raftport=50400`);
write('fuzz_config', '{"config":{"chainId":1337,"otento":{}},"alloc":{"0x0000000000000000000000000000000000000001":{"balance":"1"}},"gasLimit":"0x1","difficulty":"0x1"}');
// Code for the interpreters: programs of evm-bench with their calls, and code of the legacy VM tests.
const CODE_MAX = 6000;
const FORKS = 15;
function writeCode(code, data) {
    if (code.length === 0 || code.length > CODE_MAX) return;
    const fork = code.length % FORKS;
    const input = Buffer.concat([data, Buffer.alloc(32)]).subarray(0, 32);
    write('fuzz_evm', Buffer.concat([Buffer.from([fork, 0xff, 0xff, code.length % 8]), input, code]));
    const world = Buffer.alloc(16, fork);
    const transaction = Buffer.concat([Buffer.from([0, 0, 0, 0xff, 0xff, 4, 0, 0, 0, 0, 64]), Buffer.alloc(13, fork)]);
    world[6] = 0;
    write('fuzz_execution', Buffer.concat([world, transaction, code, code]));
}
const hex = (text) => Buffer.from(text.slice(2), 'hex');
const programs = join(SHARED, 'vectors/evm-bench/vectors');
for (const file of existsSync(programs) ? readdirSync(programs).sort() : []) {
    for (const { pre, call } of JSON.parse(readFileSync(join(programs, file), 'utf8'))) {
        if (pre[call.to]?.code) writeCode(hex(pre[call.to].code), hex(call.data));
    }
}
const vmTests = join(SHARED, 'vectors/ethereum/vmtests-legacy.tar.zst');
if (existsSync(vmTests)) {
    const all = execFileSync('tar', ['--zstd', '-xOf', vmTests], { encoding: 'utf8', maxBuffer: 1 << 30 });
    const codes = new Set([...all.matchAll(/"code"\s*:\s*"(0x(?:[0-9a-f]{2})+)"/g)].map((match) => match[1]));
    for (const code of codes) writeCode(hex(code), Buffer.alloc(0));
}

console.error(`${count} first inputs in ${folder}`);
