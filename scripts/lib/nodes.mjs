// Nodes of a cluster on this machine: made, started, watched and stopped. For scripts/up and the end-to-end tests.
import { spawn, execFileSync } from 'node:child_process';
import { createECDH, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync, closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export class UserError extends Error {}

/// A loopback port that is free now; prefers `wanted`.
function freePort(wanted, taken) {
    const attempt = (port) => new Promise((done) => {
        if (taken.has(port)) return done(0);
        const server = createServer();
        server.once('error', () => done(0));
        server.listen(port, '127.0.0.1', () => {
            const found = server.address().port;
            server.close(() => done(taken.has(found) ? 0 : found));
        });
    });
    return (async () => {
        let port = await attempt(wanted);
        while (port === 0) port = await attempt(0);
        taken.add(port);
        return port;
    })();
}

/// The ports of node number `place`: the usual ones, or any below those that connections are given.
async function ports(place, taken, anyPorts) {
    const any = () => 16_000 + Math.floor(Math.random() * 16_000);
    return {
        p2pPort: await freePort(anyPorts ? any() : 30303 + place, taken),
        raftPort: await freePort(anyPorts ? any() : 50401 + place, taken),
        rpcPort: await freePort(anyPorts ? any() : 8545 + 2 * place, taken),
    };
}

const clusterFile = (dir) => join(dir, 'cluster.json');
export const readCluster = (dir) => existsSync(clusterFile(dir)) ? JSON.parse(readFileSync(clusterFile(dir))) : null;
/// What holds for one start only stays out of the file.
const lasting = (key, value) => key === 'startedAt' || key === 'readyMs' ? undefined : value;
export const writeCluster = (dir, cluster) => writeFileSync(clusterFile(dir), JSON.stringify(cluster, lasting, 2) + '\n');

/// True if the process we started is still the one behind the pid.
export function alive(node) {
    if (!node.pid) return false;
    try {
        return readFileSync(`/proc/${node.pid}/cmdline`, 'utf8').includes(node.datadir) &&
            !readFileSync(`/proc/${node.pid}/stat`, 'utf8').includes(') Z ');
    } catch {
        return false;
    }
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function create(options) {
    const taken = new Set();
    const nodes = [];
    for (let i = 0; i < options.nodes; i++) {
        nodes.push({
            name: `node${i + 1}`,
            raftId: i + 1,
            datadir: join(options.dir, `node${i + 1}`),
            ...await ports(i, taken, options.anyPorts),
        });
    }
    mkdirSync(options.dir, { recursive: true });
    execFileSync(options.otento, ['devnet', '--dir', options.dir,
        ...nodes.flatMap((n) => ['--node', `127.0.0.1:${n.p2pPort}:${n.raftPort}`])],
        { stdio: ['ignore', 'ignore', 'inherit'] });
    for (const node of nodes) {
        execFileSync(options.otento, ['--datadir', node.datadir, 'init', join(options.dir, 'genesis.json')],
            { stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const enodes = JSON.parse(readFileSync(join(nodes[0].datadir, 'static-nodes.json')));
    nodes.forEach((node, i) => { node.enode = enodes[i]; });
    return { raftblocktime: options.raftblocktime, flags: options.flags ?? [], anyPorts: options.anyPorts ?? false, nodes };
}

export function start(otento, cluster, node) {
    const log = openSync(join(node.datadir, 'otento.log'), 'a');
    const child = spawn(otento, [
        '--datadir', node.datadir, '--networkid', '1337', '--nodiscover', '--raft',
        '--listen.addr', '127.0.0.1', '--port', String(node.p2pPort), '--raftport', String(node.raftPort),
        '--raftblocktime', String(cluster.raftblocktime),
        '--http', '--http.addr', '127.0.0.1', '--http.port', String(node.rpcPort),
        '--http.api', 'eth,net,web3,raft,otento,txpool', '--http.corsdomain', '*',
        ...(node.join ?? []).flatMap((target) => ['--join', target]), ...(cluster.flags ?? []), ...(node.flags ?? []),
    ], { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    child.unref();
    node.pid = child.pid;
    node.startedAt = Date.now();
    node.rpc = `http://127.0.0.1:${node.rpcPort}`;
}

export async function ready(node) {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    let reason = 'it does not answer';
    while (Date.now() < deadline) {
        if (!alive(node)) {
            throw new UserError(`${node.name} stopped; its log says:\n` +
                readFileSync(join(node.datadir, 'otento.log'), 'utf8').split('\n').slice(-12).join('\n'));
        }
        try {
            const answer = await fetch(`${node.rpc}/readyz`, { signal: AbortSignal.timeout(2000) });
            if (answer.status === 200) {
                if (node.startedAt) node.readyMs = Date.now() - node.startedAt;
                return;
            }
            reason = (await answer.text()).trim();
        } catch { /* not listening yet */ }
        await sleep(10);
    }
    throw new UserError(`${node.name} is not ready after ${READY_TIMEOUT_MS / 1000} s: ${reason}\n` +
        `see ${join(node.datadir, 'otento.log')}`);
}

export async function call(node, method, params = [], timeout = 5000) {
    const answer = await fetch(node.rpc, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(timeout),
    });
    const body = await answer.json();
    if (body.error) throw new Error(`${method}: ${body.error.message}`);
    return body.result;
}

export async function stop(node) {
    if (!alive(node)) return;
    process.kill(node.pid, 'SIGTERM');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (alive(node)) {
        if (Date.now() > deadline) {
            process.kill(node.pid, 'SIGKILL');
            break;
        }
        await sleep(20);
    }
}

export const visible = ({ name, raftId, rpc, ws, pid, datadir, enode, readyMs }) =>
    ({ name, raftId, rpc, ws: ws ?? null, pid, datadir, enode, readyMs });

/// A node that is to join: its folder, key and genesis, entered in the cluster's file. Not started.
export async function prepare(otento, dir, cluster, name) {
    if (cluster.nodes.some((n) => n.name === name)) throw new UserError(`there is a node ${name} already`);
    const taken = new Set(cluster.nodes.flatMap((n) => [n.p2pPort, n.raftPort, n.rpcPort]));
    const place = cluster.nodes.length;
    const node = {
        name,
        raftId: null,
        datadir: join(dir, name),
        ...await ports(place, taken, cluster.anyPorts),
        join: cluster.nodes.map((n) => `127.0.0.1:${n.p2pPort}`),
    };
    mkdirSync(join(node.datadir, 'geth'), { recursive: true });
    const key = createECDH('secp256k1');
    key.setPrivateKey(randomBytes(32));
    writeFileSync(join(node.datadir, 'geth', 'nodekey'), key.getPrivateKey('hex').padStart(64, '0'), { mode: 0o600 });
    execFileSync(otento, ['--datadir', node.datadir, 'init', join(dir, 'genesis.json')], { stdio: ['ignore', 'ignore', 'inherit'] });
    node.enode = `enode://${key.getPublicKey('hex').slice(2)}@127.0.0.1:${node.p2pPort}?discport=0&raftport=${node.raftPort}`;
    node.rpc = `http://127.0.0.1:${node.rpcPort}`;
    cluster.nodes.push(node);
    writeCluster(dir, cluster);
    return node;
}

/// Calls a method on the first of the running nodes that can answer.
export async function callAny(cluster, method, params) {
    let failure = new UserError('no node of the cluster is running');
    for (const node of cluster.nodes.filter((n) => n.raftId !== null && alive(n))) {
        try {
            return await call(node, method, params, 20_000);
        } catch (error) {
            failure = error;
        }
    }
    throw failure;
}

/// Makes a node, has the cluster add it, starts it and waits until it is ready.
export async function add(otento, dir, cluster, name, { learner = false } = {}) {
    const node = await prepare(otento, dir, cluster, name);
    start(otento, cluster, node);
    writeCluster(dir, cluster);
    node.raftId = await callAny(cluster, learner ? 'raft_addLearner' : 'raft_addPeer', [node.enode]);
    writeCluster(dir, cluster);
    await ready(node);
    return node;
}

/// Takes a node out of the cluster and stops it; its folder stays.
export async function remove(dir, cluster, name) {
    const node = cluster.nodes.find((n) => n.name === name);
    if (!node) throw new UserError(`there is no node ${name}`);
    const others = { ...cluster, nodes: cluster.nodes.filter((n) => n !== node) };
    if (node.raftId !== null) await callAny(others, 'raft_removePeer', [node.raftId]);
    await stop(node);
    cluster.nodes = others.nodes;
    writeCluster(dir, cluster);
    return node;
}
