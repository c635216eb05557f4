// What the end-to-end tests share: a cluster in a folder of its own, JSON-RPC by fetch, signing, and checks.
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alive, prepare, readCluster, ready, start, stop, writeCluster } from '../../scripts/lib/nodes.mjs';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/// Waits until `condition` gives something true; errors count as not yet.
export async function until(text, condition, seconds = 60) {
    const deadline = Date.now() + 1000 * seconds;
    let last = '';
    for (;;) {
        try {
            const value = await condition();
            if (value) return value;
        } catch (error) { last = ` (${error.message})`; }
        if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${text}${last}`);
        await sleep(50);
    }
}

export function check(condition, text) {
    if (!condition) throw new Error(`does not hold: ${text}`);
}

/// `--name value` and `--name` pairs of the command line over the defaults.
export function parseOptions(defaults, argv = process.argv.slice(2)) {
    const options = { otento: join(ROOT, 'build/release/bin/otento'), ...defaults };
    for (let i = 0; i < argv.length; i++) {
        const name = argv[i].replace(/^--/, '');
        if (name === 'help') {
            console.log(`options, with their defaults: ${JSON.stringify(options, null, 2)}`);
            process.exit(0);
        }
        if (!(name in options)) throw new Error(`unknown option ${argv[i]}; known: ${Object.keys(options).join(' ')}`);
        const old = options[name];
        options[name] = typeof old === 'boolean' ? true : typeof old === 'number' ? Number(argv[++i]) : argv[++i];
    }
    return options;
}

/// Seeded, so that a run can be repeated (mulberry32).
export function random(seed) {
    let a = seed >>> 0;
    return () => {
        a = (a + 0x6d2b79f5) >>> 0;
        let t = a;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

export class RpcError extends Error {
    constructor(method, error) {
        super(`${method}: ${error.message}`);
        this.code = error.code;
        this.data = error.data;
    }
}

export async function call(url, method, params = [], timeout = 10_000) {
    const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(timeout),
    });
    const body = await answer.json();
    if (body.error) throw new RpcError(method, body.error);
    return body.result;
}

/// A cluster of real nodes in a temporary folder.
export class Cluster {
    constructor(otento, dir) {
        this.otento = otento;
        this.dir = dir;
    }

    static async start({ otento, nodes = 3, raftblocktime = 50, flags = '' }) {
        const cluster = new Cluster(otento, mkdtempSync(join(tmpdir(), 'otento-e2e-')));
        await cluster.up('--any-ports', '--nodes', String(nodes), '--raftblocktime', String(raftblocktime),
            ...(flags ? ['--', ...flags.split(' ')] : []));
        cluster.accounts = JSON.parse(readFileSync(join(cluster.dir, 'accounts.json')));
        return cluster;
    }

    async up(...extra) {
        const output = await new Promise((done, fail) => execFile(process.execPath,
            [join(ROOT, 'scripts/lib/up.mjs'), '--otento', this.otento, '--dir', this.dir, '--json', ...extra],
            { maxBuffer: 1 << 24 }, (error, stdout, stderr) => error ? fail(new Error(stderr || error.message)) : done(stdout)));
        this.nodes = JSON.parse(output).nodes;
        return this.nodes;
    }

    /// A node of that name with key and genesis, not started and no member.
    async prepare(name) {
        const cluster = readCluster(this.dir);
        const node = await prepare(this.otento, this.dir, cluster, name);
        return node;
    }

    /// Starts a prepared node, which finds its place by itself, and waits until it is ready.
    async join(name, raftId) {
        this.launch(name);
        return this.wait(name, raftId);
    }

    /// Starts a node and does not wait; `flags` for this start only.
    launch(name, flags = []) {
        const cluster = readCluster(this.dir);
        const node = cluster.nodes.find((n) => n.name === name);
        const lasting = node.flags;
        node.flags = [...(lasting ?? []), ...flags];
        start(this.otento, cluster, node);
        node.flags = lasting;
        writeCluster(this.dir, cluster);
        return node;
    }

    /// As launch, for a member; until it serves RPC.
    async startOnly(name, flags = []) {
        const node = this.launch(name, flags);
        this.nodes = this.nodes.map((n) => n.name === name ? { ...n, pid: node.pid } : n);
        await until(`${name} serves`, () => fetch(`${node.rpc}/livez`));
    }

    /// Starts a member that was killed and waits until it is ready; others may come and go meanwhile.
    async bringBack(name) {
        await this.startOnly(name);
        await ready(readCluster(this.dir).nodes.find((n) => n.name === name));
    }

    /// Waits until a launched node is ready and counts it among the nodes.
    async wait(name, raftId) {
        await ready(readCluster(this.dir).nodes.find((n) => n.name === name));
        const cluster = readCluster(this.dir);  // Others may have been started meanwhile.
        const node = cluster.nodes.find((n) => n.name === name);
        node.raftId = raftId;
        writeCluster(this.dir, cluster);
        this.nodes = cluster.nodes.filter((n) => n.raftId !== null);
        return node;
    }

    /// A node that is not among the members.
    prepared(name) {
        const node = readCluster(this.dir).nodes.find((n) => n.name === name);
        return { ...node, log: () => readFileSync(join(node.datadir, 'otento.log'), 'utf8') };
    }

    async killPrepared(name) {
        const node = this.prepared(name);
        process.kill(node.pid, 'SIGKILL');
        while (alive(node)) await sleep(5);
    }

    /// Stops a node and forgets it.
    async drop(name) {
        const cluster = readCluster(this.dir);
        await stop(cluster.nodes.find((n) => n.name === name));
        cluster.nodes = cluster.nodes.filter((n) => n.name !== name);
        writeCluster(this.dir, cluster);
        this.nodes = this.nodes.filter((n) => n.name !== name);
    }

    restart(name) { return this.up('--restart', name); }
    node(name) { return this.nodes.find((n) => n.name === name); }
    kill(name, signal = 'SIGKILL') { process.kill(this.node(name).pid, signal); }

    /// The node that mints, or null.
    async leader() {
        for (const node of this.nodes) {
            try {
                if (await call(node.rpc, 'raft_role', [], 1000) === 'minter') return node;
            } catch { /* down */ }
        }
        return null;
    }

    async waitForLeader(timeout = 10_000) {
        const deadline = Date.now() + timeout;
        while (Date.now() < deadline) {
            const leader = await this.leader();
            if (leader) return leader;
            await sleep(10);
        }
        throw new Error('no leader');
    }

    async sameHeight(timeout = 30_000) {
        const deadline = Date.now() + timeout;
        for (;;) {
            const heights = await Promise.all(this.nodes.map((n) => call(n.rpc, 'eth_blockNumber').then(Number)));
            if (heights.every((h) => h === heights[0])) return heights[0];
            if (Date.now() > deadline) throw new Error(`heights differ: ${heights.join(', ')}`);
            await sleep(50);
        }
    }

    /// Every block's hash and state root agree on all nodes; returns the height.
    async compareChains() {
        const height = await this.sameHeight();
        for (let number = 0; number <= height; number++) {
            const blocks = await Promise.all(this.nodes.map((n) => call(n.rpc, 'eth_getBlockByNumber', ['0x' + number.toString(16), false])));
            check(blocks.every((b) => b && b.hash === blocks[0].hash && b.stateRoot === blocks[0].stateRoot),
                `block ${number} is the same on all nodes`);
        }
        return height;
    }

    /// Starts a node that must end by itself: what it said. Flags that come later win.
    async startFails(node, ...flags) {
        const { code, stdout, stderr } = await run(this.otento, ['--datadir', node.datadir, '--networkid', '1337',
            '--listen.addr', '127.0.0.1', '--port', '0', '--raftport', '0', ...flags], { timeout: 30_000 });
        check(code > 0, `it ends by itself, and with an error: ${flags.join(' ')}`);
        return stdout + stderr;
    }

    log(name) { return readFileSync(join(this.node(name).datadir, 'otento.log'), 'utf8'); }

    async stop({ keep = false } = {}) {
        if (existsSync(join(this.dir, 'cluster.json'))) await this.up('--down');
        if (keep) console.error(`kept ${this.dir}`);
        else rmSync(this.dir, { recursive: true, force: true });
    }
}

/// The node id.
export const own = (node) => /enode:\/\/([0-9a-f]{128})/.exec(node.enode)[1];

/// Loopback ports that are free now.
export async function freePorts(count) {
    const servers = await Promise.all(Array.from({ length: count }, () => new Promise((done) => {
        const server = createServer().listen(0, '127.0.0.1', () => done(server));
    })));
    const ports = servers.map((s) => s.address().port);
    await Promise.all(servers.map((s) => new Promise((done) => s.close(done))));
    return ports;
}

/// Runs a program to its end: {code, stdout, stderr}.
export function run(program, words, { input = '', timeout = 60_000 } = {}) {
    return new Promise((done) => {
        const child = execFile(program, words, { timeout, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
            done({ code: error ? error.code ?? -1 : 0, stdout, stderr }));
        child.stdin.end(input);
    });
}

/// A Hardhat project on a node (tests/e2e/hardhat): what came out, or where it choked. Without a key the node signs.
export function hardhat(rpc, key = '') {
    const folder = join(ROOT, 'tests/e2e/hardhat');
    return new Promise((done, fail) => execFile(process.execPath, [join(folder, 'session.cjs')], { cwd: folder, timeout: 120_000,
        env: { ...process.env, OTENTO_RPC: rpc, OTENTO_KEY: key, HARDHAT_CONFIG: join(folder, 'hardhat.config.cjs') } },
    (error, stdout, stderr) => error ? fail(new Error(`hardhat: ${error.message} ${stderr}`)) : done(JSON.parse(stdout))));
}

/// Runs `body` with a cluster, stops it in any case and ends the process with what came out.
export async function withCluster(options, body) {
    let cluster;
    let failure = null;
    try {
        cluster = await Cluster.start(options);
        // A promise that fails while another one is awaited must not end the process over running nodes.
        const stray = new Promise((_, fail) => process.once('unhandledRejection', fail));
        await Promise.race([body(cluster), stray]);
    } catch (error) {
        failure = error;
        console.error(`\nfailed: ${error.stack}`);
    }
    if (cluster) await cluster.stop({ keep: failure !== null });
    process.exit(failure ? 1 : 0);
}
