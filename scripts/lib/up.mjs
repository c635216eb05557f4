// Brings up, restarts and stops a cluster of real nodes on this machine. scripts/up calls it after a build.
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

const USAGE = `usage: scripts/up [options]            start a cluster and return when every node is ready
       scripts/up --restart NAME       restart one node of a running cluster
       scripts/up --down               stop it (its data stays)
  --nodes N          how many nodes (default 3)
  --dir D            where data, logs and keys live (default build/up)
  --json             print one JSON object and nothing else on standard output
  --fresh            delete what is in the folder first
  --raftblocktime MS shortest time between two blocks (default 50)
  -- FLAGS…          further flags of every node, such as --txpool.globalslots 5000
The folder keeps the cluster: the same command starts it again with everything it had.`;

class UserError extends Error {}

function parseArguments(argv) {
    const options = { nodes: 3, dir: join(ROOT, 'build/up'), json: false, fresh: false, raftblocktime: 50 };
    const value = (i) => {
        if (argv[i + 1] === undefined) throw new UserError(`${argv[i]} needs a value`);
        return argv[i + 1];
    };
    for (let i = 0; i < argv.length; i++) {
        switch (argv[i]) {
            case '--help': case '-h': console.log(USAGE); process.exit(0); break;
            case '--otento': options.otento = value(i++); break;
            case '--nodes': options.nodes = Number(value(i++)); break;
            case '--dir': options.dir = resolve(value(i++)); break;
            case '--raftblocktime': options.raftblocktime = Number(value(i++)); break;
            case '--json': options.json = true; break;
            case '--fresh': options.fresh = true; break;
            case '--down': options.down = true; break;
            case '--restart': options.restart = value(i++); break;
            case '--': options.flags = argv.slice(i + 1); i = argv.length; break;
            default: throw new UserError(`unknown option ${argv[i]}\n${USAGE}`);
        }
    }
    if (!Number.isInteger(options.nodes) || options.nodes < 1 || options.nodes > 9) {
        throw new UserError('--nodes must be a number from 1 to 9');
    }
    return options;
}

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

const clusterFile = (dir) => join(dir, 'cluster.json');
const readCluster = (dir) => existsSync(clusterFile(dir)) ? JSON.parse(readFileSync(clusterFile(dir))) : null;
/// What holds for one start only stays out of the file.
const lasting = (key, value) => key === 'startedAt' || key === 'readyMs' ? undefined : value;
const writeCluster = (dir, cluster) => writeFileSync(clusterFile(dir), JSON.stringify(cluster, lasting, 2) + '\n');

/// True if the process we started is still the one behind the pid.
function alive(node) {
    if (!node.pid) return false;
    try {
        return readFileSync(`/proc/${node.pid}/cmdline`, 'utf8').includes(node.datadir) &&
            !readFileSync(`/proc/${node.pid}/stat`, 'utf8').includes(') Z ');
    } catch {
        return false;
    }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function create(options) {
    const taken = new Set();
    const nodes = [];
    for (let i = 0; i < options.nodes; i++) {
        nodes.push({
            name: `node${i + 1}`,
            raftId: i + 1,
            datadir: join(options.dir, `node${i + 1}`),
            p2pPort: await freePort(30303 + i, taken),
            raftPort: await freePort(50401 + i, taken),
            rpcPort: await freePort(8545 + 2 * i, taken),
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
    return { raftblocktime: options.raftblocktime, flags: options.flags ?? [], nodes };
}

function start(otento, cluster, node) {
    const log = openSync(join(node.datadir, 'otento.log'), 'a');
    const child = spawn(otento, [
        '--datadir', node.datadir, '--networkid', '1337', '--nodiscover', '--raft',
        '--listen.addr', '127.0.0.1', '--port', String(node.p2pPort), '--raftport', String(node.raftPort),
        '--raftblocktime', String(cluster.raftblocktime),
        '--http', '--http.addr', '127.0.0.1', '--http.port', String(node.rpcPort),
        '--http.api', 'eth,net,web3,raft,txpool', '--http.corsdomain', '*', ...(cluster.flags ?? []),
    ], { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    child.unref();
    node.pid = child.pid;
    node.startedAt = Date.now();
    node.rpc = `http://127.0.0.1:${node.rpcPort}`;
}

async function ready(node) {
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

async function call(node, method, params = []) {
    const answer = await fetch(node.rpc, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(5000),
    });
    const body = await answer.json();
    if (body.error) throw new Error(`${method}: ${body.error.message}`);
    return body.result;
}

async function stop(node) {
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

const visible = ({ name, raftId, rpc, ws, pid, datadir, enode, readyMs }) =>
    ({ name, raftId, rpc, ws: ws ?? null, pid, datadir, enode, readyMs });

async function report(options, cluster, started) {
    if (options.json) {
        console.log(JSON.stringify({ nodes: cluster.nodes.map(visible) }));
        return;
    }
    const rows = [['node', 'role', 'RPC URL', 'height', 'pid']];
    for (const node of cluster.nodes) {
        rows.push([node.name, await call(node, 'raft_role') || '-', node.rpc,
            String(Number(await call(node, 'eth_blockNumber'))), String(node.pid)]);
    }
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const line = (row) => '  ' + row.map((cell, i) => cell.padEnd(widths[i])).join('   ').trimEnd();
    const here = options.dir === join(ROOT, 'build/up') ? '' : ` --dir ${options.dir}`;
    console.log(`\n${cluster.nodes.length} nodes are ready after ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    console.log(rows.map(line).join('\n'));
    console.log(`
  funded accounts   ${join(options.dir, 'accounts.json')}
  logs              ${join(options.dir, 'node1', 'otento.log')}

Try next:
  node examples/first-light/first-light.mjs${here}      a token, a thousand transfers, a killed leader
  curl -s ${cluster.nodes[0].rpc} -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"raft_cluster"}'
  scripts/up --down${here}                              stop; the next scripts/up${here} goes on where it was`);
}

async function main() {
    const options = parseArguments(process.argv.slice(2));
    const started = Date.now();
    let cluster = readCluster(options.dir);
    if (options.down) {
        if (!cluster) throw new UserError(`there is no cluster in ${options.dir}`);
        await Promise.all(cluster.nodes.map(stop));
        if (options.json) console.log(JSON.stringify({ nodes: cluster.nodes.map(visible) }));
        else console.log(`stopped ${cluster.nodes.length} nodes of ${options.dir}`);
        return;
    }
    if (options.restart) {
        const node = cluster?.nodes.find((n) => n.name === options.restart);
        if (!node) throw new UserError(`there is no node ${options.restart} in ${options.dir}`);
        await stop(node);
        start(options.otento, cluster, node);
        writeCluster(options.dir, cluster);
        await ready(node);
        await report(options, cluster, started);
        return;
    }
    if (options.fresh && cluster) {
        await Promise.all(cluster.nodes.map(stop));
        rmSync(options.dir, { recursive: true, force: true });
        cluster = null;
    }
    if (!cluster) cluster = await create(options);
    else if (options.flags) cluster.flags = options.flags;
    for (const node of cluster.nodes) {
        if (!alive(node)) start(options.otento, cluster, node);
    }
    writeCluster(options.dir, cluster);
    await Promise.all(cluster.nodes.map(ready));
    await report(options, cluster, started);
}

main().catch((error) => {
    console.error(`error: ${error instanceof UserError ? error.message : error.stack}`);
    process.exit(1);
});
