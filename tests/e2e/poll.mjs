// Asks a node every method it serves, again and again, while something happens to it: an answer, an error or a refused
// connection are fine, silence is not. The list is read from src/rpc, so that a new method is asked, too.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, call, sleep } from './lib.mjs';

const TIMEOUT_MS = 10_000;
const ADDRESS = '0x' + '11'.repeat(20);
const HASH = '0x' + '22'.repeat(32);
/// By what the name of a method ends with; the first that fits.
const PARAMETERS = [
    [/HashAndIndex$/, [HASH, '0x0']], [/NumberAndIndex$/, ['latest', '0x0']], [/CountByHash$/, [HASH]], [/CountByNumber$/, ['latest']],
    [/(Block|Header)ByHash$/, [HASH, false]], [/(Block|Header)ByNumber$/, ['latest', false]], [/getBlockReceipts$/, ['latest']],
    [/ByHash$|Receipt$|RawTransaction$/, [HASH]], [/getRaw(Block|Header|Receipts)$/, ['latest']],
    [/getStorageAt$/, [ADDRESS, '0x0', 'latest']], [/getStorageValues$/, [{ [ADDRESS]: ['0x' + '00'.repeat(32)] }, 'latest']],
    [/get(Balance|Code|TransactionCount)$/, [ADDRESS, 'latest']], [/(call|estimateGas|createAccessList)$/, [{ to: ADDRESS }, 'latest']],
    [/feeHistory$/, ['0x4', 'latest', [50]]], [/getLogs$/, [{ fromBlock: '0x0', toBlock: 'latest' }]],
    [/(promoteToPeer|removePeer)$/, [4711]], [/(addPeer|addLearner|getRaftId)$/, ['enode://none']],
];

export function servedMethods() {
    const folder = join(ROOT, 'src/rpc');
    const names = readdirSync(folder).filter((name) => name.endsWith('.cpp') && !name.endsWith('_test.cpp'))
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/"(eth|net|web3|raft|otento|txpool|debug|rpc)_[A-Za-z]+"/g) ?? [])
        .map((quoted) => quoted.slice(1, -1));
    return [...new Set(names)].sort().filter((name) => name !== 'otento_transferLeadership');
}

/// Until `stop()`, which tells how many calls there were, the slowest, and what /readyz said. Fails on silence.
export function poll(node) {
    const methods = servedMethods();
    const state = { asked: 0, slowest: 0, slowestMethod: '', rounds: 0, progress: new Set() };
    let running = true;
    let failure = null;
    const ask = async (what, request) => {
        const started = Date.now();
        try {
            return await request();
        } catch (error) {  // Between two of its lives nobody listens.
            if (error.name === 'TimeoutError') failure ??= new Error(`${what} has no answer within ${TIMEOUT_MS} ms`);
            return null;
        } finally {
            state.asked++;
            if (Date.now() - started > state.slowest) [state.slowest, state.slowestMethod] = [Date.now() - started, what];
        }
    };
    const done = (async () => {
        for (; running && !failure; state.rounds++) {
            for (const method of methods) {
                const params = PARAMETERS.find(([pattern]) => pattern.test(method))?.[1] ?? [];
                await ask(method, () => call(node.rpc, method, params, TIMEOUT_MS));
            }
            const said = await ask('/readyz', async () =>
                (await fetch(`${node.rpc}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) })).text());
            if (said) state.progress.add(said.replace(/"enode[^)]*/, '...').replace(/[0-9]+/g, 'N'));
            await sleep(20);
        }
    })();
    return {
        async stop() {
            running = false;
            await done;
            if (failure) throw failure;
            return { methods: methods.length, ...state };
        },
    };
}
