// Brings up, restarts and stops a cluster of real nodes on this machine. scripts/up calls it after a build.
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { add, alive, call, create, readCluster, ready, remove, start, stop, UserError, visible, writeCluster } from './nodes.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const USAGE = `usage: scripts/up [options]            start a cluster and return when every node is ready
       scripts/up --restart NAME       restart one node of a running cluster
       scripts/up --add [NAME]         make a node and join it to a running cluster
       scripts/up --remove NAME        take a node out of a running cluster and stop it
       scripts/up --down               stop it (its data stays)
  --nodes N          how many nodes (default 3)
  --dir D            where data, logs and keys live (default build/up)
  --json             print one JSON object and nothing else on standard output
  --fresh            delete what is in the folder first
  --any-ports        not the usual ports, so that other clusters can run beside it
  --raftblocktime MS shortest time between two blocks (default 50)
  -- FLAGS…          further flags of every node, such as --txpool.globalslots 5000
The folder keeps the cluster: the same command starts it again with everything it had.`;

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
            case '--any-ports': options.anyPorts = true; break;
            case '--down': options.down = true; break;
            case '--restart': options.restart = value(i++); break;
            case '--add': options.add = argv[i + 1]?.startsWith('-') ?? true ? '' : value(i++); break;
            case '--remove': options.remove = value(i++); break;
            case '--': options.flags = argv.slice(i + 1); i = argv.length; break;
            default: throw new UserError(`unknown option ${argv[i]}\n${USAGE}`);
        }
    }
    if (!Number.isInteger(options.nodes) || options.nodes < 1 || options.nodes > 9) {
        throw new UserError('--nodes must be a number from 1 to 9');
    }
    return options;
}

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

function freeName(cluster) {
    let number = cluster.nodes.length + 1;
    while (cluster.nodes.some((n) => n.name === `node${number}`)) number++;
    return `node${number}`;
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
    if (options.add !== undefined || options.remove) {
        if (!cluster) throw new UserError(`there is no cluster in ${options.dir}`);
        if (options.remove) await remove(options.dir, cluster, options.remove);
        else await add(options.otento, options.dir, cluster, options.add || freeName(cluster));
        await report(options, cluster, started);
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
