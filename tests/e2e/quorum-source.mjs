// A JSON-RPC server that replays an exported GoQuorum chain with that node's shapes of answers
// (spec/quorum-raft.md 5.1-5.4), and can pause, restart and lie.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRlp, encodeRlp, keccak256 } from 'ethers';

const HEADER = ['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom', 'difficulty',
    'number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce'];
const QUANTITIES = new Set(['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp']);
const TRANSACTION = ['nonce', 'gasPrice', 'gas', 'to', 'value', 'input', 'v', 'r', 's'];

const quantity = (hex) => hex === '0x' ? '0x0' : '0x' + hex.slice(2).replace(/^0+(?=.)/, '');

/// Length of the RLP item at `at`, its header included.
function itemSize(bytes, at) {
    const first = bytes[at];
    const long = (base) => {
        const size = first - base;
        let length = 0;
        for (let i = 0; i < size; i++) length = length * 256 + bytes[at + 1 + i];
        return 1 + size + length;
    };
    if (first < 0x80) return 1;
    if (first < 0xb8) return 1 + first - 0x80;
    if (first < 0xc0) return long(0xb7);
    if (first < 0xf8) return 1 + first - 0xc0;
    return long(0xf7);
}

export function loadBlocks(file) {
    let bytes = readFileSync(file);
    if (file.endsWith('.gz')) bytes = gunzipSync(bytes);
    const blocks = [];
    for (let at = 0; at < bytes.length;) {
        const size = itemSize(bytes, at);
        blocks.push('0x' + bytes.subarray(at, at + size).toString('hex'));
        at += size;
    }
    return blocks;
}

/// The block as eth_getBlockByNumber gives it.
export function blockObject(raw, full) {
    const [header, transactions] = decodeRlp(raw);
    const out = {};
    HEADER.forEach((name, i) => { out[name] = QUANTITIES.has(name) ? quantity(header[i]) : header[i]; });
    out.hash = keccak256(encodeRlp(header));
    out.size = quantity('0x' + ((raw.length - 2) / 2).toString(16));
    out.totalDifficulty = '0x0';
    out.uncles = [];
    out.transactions = transactions.map((fields, index) => {
        const hash = keccak256(encodeRlp(fields));
        if (!full) return hash;
        const tx = { blockHash: out.hash, blockNumber: out.number, from: '0x' + '00'.repeat(20), hash, transactionIndex: quantity('0x' + index.toString(16)) };
        TRANSACTION.forEach((name, i) => {
            tx[name] = name === 'to' ? (fields[i] === '0x' ? null : fields[i]) : name === 'input' ? fields[i] : quantity(fields[i]);
        });
        return tx;
    });
    return Object.fromEntries(Object.entries(out).sort(([a], [b]) => a < b ? -1 : 1));
}

export class QuorumSource {
    constructor(blocks, { debug = true, members = 4 } = {}) {
        this.blocks = blocks;
        this.head = blocks.length - 1;
        this.debug = debug;
        this.members = members;
        this.pending = 0;
        this.lies = new Map();  // number → raw block
        this.liesLeft = Infinity;
        this.paused = null;
        this.calls = new Map();
    }

    raw(number) {
        if (this.lies.has(number) && this.liesLeft > 0) {
            this.liesLeft--;
            return this.lies.get(number);
        }
        return this.blocks[number];
    }

    answer({ id, method, params = [] }) {
        this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
        const result = this.result(method, params);
        if (result === undefined) {
            return { jsonrpc: '2.0', id, error: { code: -32601, message: `The method ${method} does not exist/is not available` } };
        }
        return { jsonrpc: '2.0', id, result };
    }

    result(method, params) {
        switch (method) {
            case 'web3_clientVersion': return 'Geth/v1.8.18-stable(quorum-v2.4.0)/linux-amd64/go1.11.6';
            case 'rpc_modules': return { eth: '1.0', net: '1.0', raft: '1.0', web3: '1.0', ...(this.debug ? { debug: '1.0' } : {}) };
            case 'net_version': return '10';
            case 'eth_blockNumber': return '0x' + this.head.toString(16);
            case 'eth_getBlockByNumber': {
                const number = params[0] === 'earliest' ? 0 : /^0x/.test(params[0]) ? Number(params[0]) : this.head;
                return number > this.head ? null : blockObject(this.raw(number), params[1]);
            }
            case 'debug_getBlockRlp':
                if (!this.debug) return undefined;
                return this.raw(params[0]).slice(2);  // Without 0x.
            case 'txpool_status': return { pending: '0x' + this.pending.toString(16), queued: '0x0' };
            case 'raft_role': return 'minter';
            case 'raft_cluster': return Array.from({ length: this.members }, (_, i) => ({
                raftId: i + 1, nodeId: 'ab'.repeat(64), p2pPort: 30301 + i, raftPort: 50401 + i, hostname: '127.0.0.1',
                role: i === 0 ? 'minter' : 'verifier' }));
        }
        return undefined;
    }

    async listen(port = 0) {
        this.server = createServer(async (request, response) => {
            let body = '';
            for await (const part of request) body += part;
            if (this.paused) await this.paused;
            const message = JSON.parse(body);
            const answer = Array.isArray(message) ? message.map((m) => this.answer(m)) : this.answer(message);
            response.setHeader('Content-Type', 'application/json');
            response.end(JSON.stringify(answer) + '\n');
        });
        await new Promise((done) => this.server.listen(port, '127.0.0.1', done));
        this.port = this.server.address().port;
        this.url = `http://127.0.0.1:${this.port}`;
        return this;
    }

    /// Answers wait until the function that comes back is called.
    pause() {
        let resume;
        this.paused = new Promise((done) => { resume = done; });
        return () => { this.paused = null; resume(); };
    }

    async down() {
        this.server.closeAllConnections();
        await new Promise((done) => this.server.close(done));
    }

    up() { return this.listen(this.port); }
}
