// otento follow and otento cutover against a server that replays a GoQuorum chain: by debug_getBlockRlp and by
// rebuilt blocks, with pauses, restarts and kills on both sides, a lie in one block, and a node that goes on from the end.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Wallet, decodeRlp, encodeRlp } from 'ethers';
import { ROOT, call, check, parseOptions, sleep } from './lib.mjs';
import { QuorumSource, loadBlocks } from './quorum-source.mjs';

const options = parseOptions({ shared: join(ROOT, '../shared') });
const CHAIN = join(options.shared, 'vectors/quorum24-chain-a');
if (!existsSync(CHAIN)) {
    console.log(`skipped: no ${CHAIN}`);
    process.exit(77);
}
const facts = JSON.parse(readFileSync(join(CHAIN, 'facts.json')));
const hashAt = (number) => number === 0 ? facts.genesisHash : facts.blocks.find((b) => b.n === number).hash;
const blocks = loadBlocks(join(CHAIN, 'chain.rlp.gz'));
const genesis = join(CHAIN, 'genesis.json');
const root = mkdtempSync(join(tmpdir(), 'otento-follow-'));
const sources = [];
const children = new Set();

async function source(...args) {
    const made = await new QuorumSource(...args).listen();
    sources.push(made);
    return made;
}

/// A process whose JSON lines are kept.
class Run {
    constructor(...args) {
        this.lines = [];
        this.stderr = '';
        this.child = spawn(options.otento, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        children.add(this.child);
        let rest = '';
        this.child.stdout.on('data', (data) => {
            const parts = (rest + data).split('\n');
            rest = parts.pop();
            this.lines.push(...parts.map(JSON.parse));
        });
        this.child.stderr.on('data', (data) => { this.stderr += data; });
        this.ended = new Promise((done) => this.child.on('close', (code) => { children.delete(this.child); done(code); }));
    }

    async until(what, condition, timeout = 60_000) {
        const deadline = Date.now() + timeout;
        while (!this.lines.some(condition)) {
            check(Date.now() < deadline, `${what}; last: ${JSON.stringify(this.lines.at(-1))}\n${this.stderr}`);
            await sleep(20);
        }
        return this.lines.find(condition);
    }
}

const follow = (from, datadir, ...extra) =>
    new Run('follow', '--from', from.url, '--datadir', datadir, '--genesis', genesis, '--poll', '20', '--json', ...extra);

async function cutover(from, datadir, ...extra) {
    const run = new Run('cutover', '--from', from.url, '--datadir', datadir, '--quiet', '200', '--json', ...extra);
    const code = await run.ended;
    check(run.lines.length === 1, `a cutover answers one object: ${run.stderr}`);
    return { code, stderr: run.stderr, ...run.lines[0] };
}

/// The raw block with its header changed and hashed again by whoever serves it.
function changed(number, change) {
    const block = decodeRlp(blocks[number]);
    change(block);
    return encodeRlp(block);
}

/// A follower of a lying source: returns its last words and the head it has kept.
async function followLiar(liar, number) {
    const datadir = join(root, `liar-${sources.length}`);
    const run = follow(liar, datadir);
    check(await run.ended === 1, 'a lie ends it with exit code 1');
    const last = run.lines.at(-1);
    check(last.state === 'lie' && last.number === number - 1, `the lie is in block ${number}: ${JSON.stringify(last)}`);
    check(last.text.startsWith(`block ${number} `), `it is named: ${last.text}`);
    check(run.stderr.includes(last.text), 'people see it, too');
    console.log(`  ${last.text}`);
    // The truth from somebody else goes on from there.
    const honest = await source(blocks);
    const again = follow(honest, datadir, '--until', String(number + 5));
    check(await again.ended === 0 && again.lines.at(-1).copied === 6, `going on: ${again.stderr}`);
}

async function freePort() {
    const server = createServer();
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    return port;
}

async function main() {
    console.log('a growing chain, a paused and a restarted source, a killed follower');
    const datadir = join(root, 'node');
    const live = await source(blocks);
    live.head = 50;
    let run = follow(live, datadir);
    let line = await run.until('block 50 is copied', (l) => l.state === 'level' && l.number === 50);
    check(line.lag === 0 && line.source === 50, JSON.stringify(line));
    const resume = live.pause();
    await sleep(500);
    live.head = 120;
    resume();
    await run.until('block 120 is copied after a pause', (l) => l.state === 'level' && l.number === 120);
    await live.down();
    await run.until('it says that the source is away', (l) => l.state === 'unreachable' && l.number === 120);
    live.head = 200;
    await live.up();
    await run.until('block 200 is copied after a restart', (l) => l.state === 'level' && l.number === 200);
    const asleep = live.pause();
    await sleep(300);
    run.child.kill('SIGTERM');
    check(await Promise.race([run.ended, sleep(10_000)]) === 0, 'a follower stops while its source pauses');
    asleep();
    live.head = 230;
    run = follow(live, datadir);
    await run.until('a stopped follower goes on', (l) => l.number > 200);
    run.child.kill('SIGKILL');
    await run.ended;
    live.head = 260;
    run = follow(live, datadir);
    await run.until('a killed follower goes on', (l) => l.state === 'level' && l.number === 260);
    check(run.lines.at(-1).copied <= 60, 'without copying again what was there');
    check((live.calls.get('debug_getBlockRlp') ?? 0) > 200, 'blocks came as bytes');

    console.log('debug is off: blocks are rebuilt');
    const closed = await source(blocks, { debug: false });
    const rebuilt = follow(closed, join(root, 'rebuilt'), '--until', String(facts.height));
    check(await rebuilt.ended === 0, `it ends at the wanted block: ${rebuilt.stderr}`);
    check(rebuilt.lines.at(-1).number === facts.height && rebuilt.lines.at(-1).transactions === facts.txCount,
        JSON.stringify(rebuilt.lines.at(-1)));

    console.log('private transactions of GoQuorum, both ways');
    const shared = join(options.shared, 'spec/vectors');
    for (const debug of [true, false]) {
        const mixed = await source(loadBlocks(join(shared, 'public-and-private.rlp')), { debug });
        const copy = new Run('follow', '--from', mixed.url, '--datadir', join(root, `private-${debug}`), '--genesis',
            join(shared, 'public-and-private.genesis.json'), '--until', '17', '--json');
        check(await copy.ended === 0 && copy.lines.at(-1).number === 17, copy.stderr);
    }

    console.log('quirks of GoQuorum before 2.6');
    const silent = await source(loadBlocks(join(shared, 'staticcall-empty-account.rlp')));
    const found = new Run('follow', '--from', silent.url, '--datadir', join(root, 'quirks'), '--genesis',
        join(shared, 'staticcall-empty-account.genesis.json'), '--until', '2', '--json');
    check(await found.ended === 0 && found.lines.at(-1).number === 2, found.stderr);

    console.log('a lie in one block');
    let liar = await source(blocks);
    liar.lies.set(57, changed(57, ([header]) => { header[3] = '0x' + 'ab'.repeat(32); }));  // A state root, with a name that fits.
    await followLiar(liar, 57);
    liar = await source(blocks);
    liar.lies.set(88, changed(88, ([, transactions]) => { transactions[0][4] = '0x0f4240'; }));  // Another amount.
    await followLiar(liar, 88);
    liar = await source(blocks, { debug: false });
    liar.lies.set(88, changed(88, ([, transactions]) => { transactions.pop(); }));  // A transaction kept back.
    await followLiar(liar, 88);
    liar = await source(blocks);
    liar.head = 70;  // The newest block, so that none after it names its hash: its seal tells.
    liar.lies.set(70, changed(70, ([header]) => { header[12] = header[12].slice(0, -20) + '00112233445566778800'; }));
    await followLiar(liar, 70);
    liar = await source(blocks);
    liar.lies.set(57, changed(57, ([header]) => { header[3] = '0x' + 'ab'.repeat(32); }));
    liar.liesLeft = 2;  // Name and bytes, once: a fault on the way.
    const forgiving = follow(liar, join(root, 'forgiving'), '--until', '70');
    check(await forgiving.ended === 0 && forgiving.stderr.includes('block 57'), 'a fault that passes is told and forgiven');

    console.log('another chain');
    const other = await source(loadBlocks(join(shared, 'public-and-private.rlp')));
    const refused = follow(other, join(root, 'other'));
    check(await refused.ended === 1 && /another genesis block/.test(refused.stderr), refused.stderr);

    console.log('cutover');
    live.head = 300;
    live.pending = 2;
    let report = await cutover(live, datadir);  // The follower runs: it is asked to end.
    check(await run.ended === 0, 'the follower ends for the cutover');
    check(report.code === 1 && !report.passed, 'transactions in the pool and a missing identity are no cutover');
    const failed = report.checks.filter((c) => c.verdict === 'failed').map((c) => c.text);
    check(failed.some((t) => /2 transactions wait/.test(t)) && failed.some((t) => /static-nodes.json is missing/.test(t)), failed.join('; '));
    live.pending = 0;
    live.head = facts.height;
    report = await cutover(live, datadir, '--height', '310');
    check(!report.passed && report.checks.some((c) => c.verdict === 'failed' && /gone on to block 341/.test(c.text)),
        `blocks above the height: ${JSON.stringify(report.checks)}`);
    const identity = join(CHAIN, 'identity');
    const raftPort = await freePort();
    const p2pPort = await freePort();
    const enode = readFileSync(join(identity, 'nodekey-1.enode'), 'utf8').trim();
    writeFileSync(join(datadir, 'static-nodes.json'),
        JSON.stringify([`enode://${enode.replace(/^enode:\/\//, '').split('@')[0]}@127.0.0.1:${p2pPort}?discport=0&raftport=${raftPort}`]));
    cpSync(join(identity, 'nodekey-1'), join(datadir, 'geth/nodekey'));
    report = await cutover(live, datadir);
    check(report.code === 0 && report.passed, JSON.stringify(report));
    check(report.number === facts.height && report.head === hashAt(facts.height) && report.stateRoot === facts.finalStateRoot,
        'the end is the end of the fixture');
    const after = follow(live, datadir);
    check(await after.ended === 1 && /was cut over/.test(after.stderr), 'nobody follows after a cutover');

    console.log('the node goes on from there');
    await live.down();
    const rpcPort = await freePort();
    const node = spawn(options.otento, ['--datadir', datadir, '--networkid', String(facts.chainId), '--raft', '--listen.addr', '127.0.0.1',
        '--port', String(p2pPort), '--raftport', String(raftPort), '--http', '--http.port', String(rpcPort), '--verbosity', '2'],
    { stdio: ['ignore', 'inherit', 'inherit'] });
    children.add(node);
    const rpc = `http://127.0.0.1:${rpcPort}`;
    for (let i = 0; ; i++) {
        const ready = await fetch(`${rpc}/readyz`).then((r) => r.status === 200, () => false);
        if (ready) break;
        check(i < 300, 'the node is ready');
        await sleep(100);
    }
    check((await call(rpc, 'eth_getBlockByNumber', [`0x${facts.height.toString(16)}`, false])).hash === hashAt(facts.height), 'with the last block');
    for (const [address, fact] of Object.entries(facts.accounts)) {
        check(BigInt(await call(rpc, 'eth_getBalance', [address, 'latest'])) === BigInt(fact.balance), `balance of ${address}`);
    }
    const accounts = JSON.parse(readFileSync(join(identity, 'accounts.json')));
    const [first] = Array.isArray(accounts) ? accounts : Object.values(accounts);
    const wallet = new Wallet(first.privateKey);
    const nonce = Number(await call(rpc, 'eth_getTransactionCount', [wallet.address, 'latest']));
    const hash = await call(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction(
        { chainId: facts.chainId, type: 0, nonce, gasPrice: 0, gasLimit: 21_000, to: wallet.address, value: 0 })]);
    for (let i = 0; !await call(rpc, 'eth_getTransactionReceipt', [hash]); i++) {
        check(i < 400, 'a transaction is mined');
        await sleep(25);
    }
    const next = await call(rpc, 'eth_getBlockByNumber', [`0x${(facts.height + 1).toString(16)}`, false]);
    check(next.parentHash === hashAt(facts.height), 'block 342 stands on the last block of GoQuorum');
    node.kill('SIGTERM');
    console.log('a GoQuorum network was followed, cut over, and goes on');
}

let failure = null;
try {
    mkdirSync(root, { recursive: true });
    await main();
} catch (error) {
    failure = error;
    console.error(`\nfailed: ${error.stack}\nkept ${root}`);
}
for (const child of children) child.kill('SIGKILL');
for (const one of sources) await one.down().catch(() => {});
if (!failure) rmSync(root, { recursive: true, force: true });
process.exit(failure ? 1 : 0);
