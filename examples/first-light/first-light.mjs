// First light: deploys an ERC-20 on a real Otento cluster, sends a thousand transfers spread over all nodes,
// kills the leader with SIGKILL in the middle, goes on, restarts it, and checks everything on every node.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContractFactory, FetchRequest, Interface, JsonRpcProvider, Network, Wallet, keccak256 } from 'ethers';
import { compileToken } from './compile.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const USAGE = `usage: node examples/first-light/first-light.mjs [--dir D] [--transfers N] [--fresh]
  --dir D         the folder of a cluster that scripts/up started (default build/up)
  --transfers N   how many transfers (default 1000)
  --fresh         bring up a cluster of its own in a temporary folder, and remove it at the end`;
const COMMIT_TIMEOUT_MS = 60_000;
const AT_ONCE = 50;

const options = { dir: join(ROOT, 'build/up'), transfers: 1000, fresh: false, otento: join(ROOT, 'build/release/bin/otento') };
for (let i = 2; i < process.argv.length; i++) {
    const argument = process.argv[i];
    if (argument === '--dir') options.dir = resolve(process.argv[++i]);
    else if (argument === '--transfers') options.transfers = Number(process.argv[++i]);
    else if (argument === '--otento') options.otento = resolve(process.argv[++i]);
    else if (argument === '--fresh') options.fresh = true;
    else { console.error(USAGE); process.exit(argument === '--help' ? 0 : 2); }
}

const started = Date.now();
const say = (text) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
function check(condition, text) {
    if (!condition) throw new Error(`does not hold: ${text}`);
}

const up = (...extra) => JSON.parse(execFileSync(process.execPath,
    [join(ROOT, 'scripts/lib/up.mjs'), '--otento', options.otento, '--dir', options.dir, '--json', ...extra],
    { stdio: ['ignore', 'pipe', 'inherit'] }));

function connect(node) {
    const request = new FetchRequest(node.rpc);
    request.timeout = 10_000;
    const provider = new JsonRpcProvider(request, Network.from(1337), {
        staticNetwork: true, cacheTimeout: -1, pollingInterval: 50, batchStallTime: 1,
    });
    return { ...node, provider };
}

/// Runs `work` for every item, at most `limit` at once.
async function inParallel(items, limit, work) {
    let next = 0;
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, async () => {
        while (next < items.length) {
            const i = next++;
            await work(items[i], i);
        }
    }));
}

async function leaderOf(nodes) {
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline) {
        for (const node of nodes) {
            try {
                if (await node.provider.send('raft_role', []) === 'minter') return node;
            } catch { /* down */ }
        }
        await sleep(20);
    }
    throw new Error('no node says that it is the minter');
}

/// Hands a signed transaction to the node, or to the next one that takes it. What a node accepted is not sent again.
async function submit(nodes, first, raw) {
    const deadline = Date.now() + 20_000;
    let lastError;
    for (let attempt = 0; Date.now() < deadline; attempt++) {
        const node = nodes[(first + attempt) % nodes.length];
        try {
            return await node.provider.send('eth_sendRawTransaction', [raw]);
        } catch (error) {
            const text = String(error?.error?.message ?? error?.message);
            // A first try may have arrived although its answer was lost with the node.
            if (/already known|nonce too low/.test(text)) return keccak256(raw);
            lastError = error;
        }
        if (attempt % nodes.length === nodes.length - 1) await sleep(50);
    }
    throw lastError;
}

async function receiptOf(node, hash) {
    const deadline = Date.now() + COMMIT_TIMEOUT_MS;
    while (Date.now() < deadline) {
        try {
            const receipt = await node.provider.send('eth_getTransactionReceipt', [hash]);
            if (receipt) return receipt;
        } catch { /* down, or starting */ }
        await sleep(25);
    }
    throw new Error(`${node.name} has no receipt for ${hash} after ${COMMIT_TIMEOUT_MS / 1000} s`);
}

async function sameHeight(nodes) {
    const deadline = Date.now() + 20_000;
    for (;;) {
        const heights = await Promise.all(nodes.map((n) => n.provider.getBlockNumber()));
        if (heights.every((h) => h === heights[0])) return heights[0];
        if (Date.now() > deadline) throw new Error(`heights differ: ${heights.join(', ')}`);
        await sleep(50);
    }
}

async function main() {
    if (options.fresh) options.dir = mkdtempSync(join(tmpdir(), 'otento-first-light-'));
    else if (!existsSync(join(options.dir, 'cluster.json'))) throw new Error(`there is no cluster in ${options.dir}: run scripts/up first`);
    const { nodes: described } = options.fresh ? up('--any-ports') : up();
    const nodes = described.map(connect);
    const accounts = JSON.parse(readFileSync(join(options.dir, 'accounts.json')));
    const wallets = accounts.slice(0, 10).map((a) => new Wallet(a.privateKey));
    say(`${nodes.length} nodes: ${nodes.map((n) => n.rpc).join(' ')}`);

    // --- A token through node 1.
    const { abi, bytecode } = compileToken();
    const deployer = wallets[0].connect(nodes[0].provider);
    const supply = 10n ** 24n;
    const token = await new ContractFactory(abi, bytecode, deployer).deploy(supply);
    await token.waitForDeployment();
    const address = await token.getAddress();
    say(`token ${address} deployed through ${nodes[0].name}`);

    const share = 10n ** 22n;
    for (const wallet of wallets.slice(1)) {
        await (await token.transfer(wallet.address, share)).wait();
    }
    say(`${wallets.length - 1} accounts got their share`);

    // --- A thousand transfers, signed beforehand, each account counting its own nonces.
    const network = { chainId: 1337, gasPrice: 0, gasLimit: 100_000, to: address, type: 0, value: 0 };
    const iface = new Interface(abi);
    const nonces = await Promise.all(wallets.map((w) => nodes[0].provider.getTransactionCount(w.address, 'latest')));
    const expected = new Map();
    const add = (who, amount) => expected.set(who, (expected.get(who) ?? 0n) + amount);
    for (const wallet of wallets) add(wallet.address, await token.balanceOf(wallet.address));
    const transfers = [];
    for (let i = 0; i < options.transfers; i++) {
        const from = i % wallets.length;
        const to = wallets[(i * 7 + 3) % wallets.length].address;
        const amount = BigInt(i % 97 + 1);
        add(wallets[from].address, -amount);
        add(to, amount);
        const raw = await wallets[from].signTransaction({
            ...network, nonce: nonces[from]++, data: iface.encodeFunctionData('transfer', [to, amount]),
        });
        transfers.push({ raw, hash: keccak256(raw), from: wallets[from].address, to, amount });
    }
    say(`${transfers.length} transfers signed; sending, spread over ${nodes.length} nodes`);

    const fromBlock = await nodes[0].provider.getBlockNumber() + 1;
    const half = Math.floor(transfers.length / 2);
    let sent = 0;
    let killed = null;
    let killing = null;
    const sending = inParallel(transfers, AT_ONCE, async (transfer, i) => {
        check(await submit(nodes, i, transfer.raw) === transfer.hash, 'the node answers with the transaction hash');
        sent++;
        if (sent === half && nodes.length >= 3) {
            killing = (async () => {
                killed = await leaderOf(nodes);
                process.kill(killed.pid, 'SIGKILL');
                const at = Date.now();
                say(`SIGKILL to the leader, ${killed.name}, after ${sent} transfers`);
                const next = await leaderOf(nodes.filter((n) => n !== killed));
                say(`${next.name} leads ${Date.now() - at} ms later`);
            })();
        }
    });
    await sending;
    await killing;
    say(`all ${sent} transfers accepted${killed ? `, ${killed.name} is down` : ''}`);

    if (killed) {
        const { nodes: again } = up('--restart', killed.name);
        Object.assign(killed, again.find((n) => n.name === killed.name));
        say(`${killed.name} is back and ready`);
    }

    // --- Every receipt, balance and log on every node.
    for (const node of nodes) {
        await inParallel(transfers, AT_ONCE, async (transfer) => {
            const receipt = await receiptOf(node, transfer.hash);
            check(receipt.status === '0x1', `transfer ${transfer.hash} succeeded on ${node.name}`);
            check(receipt.logs.length === 1, `transfer ${transfer.hash} has one log on ${node.name}`);
        });
    }
    say(`every receipt is on every node`);

    const height = await sameHeight(nodes);
    for (const node of nodes) {
        const here = token.connect(node.provider);
        for (const [who, amount] of expected) {
            check(await here.balanceOf(who) === amount, `balance of ${who} on ${node.name}`);
        }
        const logs = (await here.queryFilter(here.filters.Transfer(), fromBlock, height))
            .filter((log) => transfers.some((t) => t.hash === log.transactionHash));
        const wanted = new Map(transfers.map((t) => [t.hash, t]));
        check(logs.length === transfers.length, `${node.name} has ${transfers.length} Transfer logs, found ${logs.length}`);
        for (const log of logs) {
            const transfer = wanted.get(log.transactionHash);
            check(log.args[0] === transfer.from && log.args[1] === transfer.to && log.args[2] === transfer.amount,
                `the log of ${log.transactionHash} on ${node.name} says what was sent`);
        }
    }
    say(`every balance and every log is right on every node`);

    // --- One chain.
    for (let number = 0; number <= height; number++) {
        const blocks = await Promise.all(nodes.map((n) => n.provider.send('eth_getBlockByNumber', ['0x' + number.toString(16), false])));
        for (const block of blocks) {
            check(block !== null, `every node has block ${number}`);
            check(block.hash === blocks[0].hash, `block ${number} has one hash`);
            check(block.stateRoot === blocks[0].stateRoot, `block ${number} has one state root`);
        }
    }
    say(`block hashes and state roots of all nodes agree at every height from 0 to ${height}`);
    say('first light.');
    nodes.forEach((n) => n.provider.destroy());
}

let failed = false;
try {
    await main();
} catch (error) {
    failed = true;
    console.error(`\nfailed: ${error.message}`);
}
if (options.fresh && existsSync(join(options.dir, 'cluster.json'))) {
    up('--down');
    if (failed) console.error(`logs are kept in ${options.dir}`);
    else rmSync(options.dir, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
