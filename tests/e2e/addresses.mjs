// Members move to other ports: one after the other, each telling the cluster itself; all at once, found by the lists that
// their operator has edited; and all at once each to the place of another. Every time they are back within ten seconds.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCluster, writeCluster } from '../../scripts/lib/nodes.mjs';
import { call, check, freePorts, own, parseOptions, until, withCluster } from './lib.mjs';
import { Traffic } from './traffic.mjs';

const options = parseOptions({ within: 10 });


await withCluster({ otento: options.otento, nodes: 3, flags: '--advertise 127.0.0.1' }, async (cluster) => {
    await cluster.waitForLeader();
    const traffic = await Traffic.start(cluster, { rate: 50 });
    const places = () => readCluster(cluster.dir).nodes.map(({ p2pPort, raftPort }) => [p2pPort, raftPort]);
    /// From now on a node starts there.
    const move = (name, [p2pPort, raftPort]) => {
        const file = readCluster(cluster.dir);
        const node = file.nodes.find((n) => n.name === name);
        node.enode = node.enode.replace(/:\d+\?/, `:${p2pPort}?`).replace(/raftport=\d+/, `raftport=${raftPort}`);
        Object.assign(node, { p2pPort, raftPort });
        writeCluster(cluster.dir, file);
        cluster.nodes = cluster.nodes.map((n) => n.name === name ? { ...n, enode: node.enode } : n);
    };
    /// Everybody is ready, and everybody knows where everybody is and is connected.
    const together = (text, started) => until(text, async () => {
        const wanted = readCluster(cluster.dir).nodes;
        for (const node of cluster.nodes) {
            if ((await fetch(`${node.rpc}/readyz`, { signal: AbortSignal.timeout(2000) })).status !== 200) return false;
            const members = await call(node.rpc, 'raft_cluster', [], 2000);
            const right = wanted.every((n) => members.some((m) =>
                m.nodeId === own(n) && m.p2pPort === n.p2pPort && m.raftPort === n.raftPort && m.nodeActive));
            if (!right) return false;
        }
        return ((Date.now() - started) / 1000).toFixed(1);
    }, options.within);

    const took = [];
    for (const node of [...cluster.nodes]) {
        cluster.kill(node.name);
        move(node.name, await freePorts(2));
        const started = Date.now();
        await cluster.startOnly(node.name);
        took.push(await together(`${node.name} is found at its new place`, started));
    }

    const allAtOnce = async (text, ports) => {
        for (const node of cluster.nodes) cluster.kill(node.name);
        cluster.nodes.forEach((node, i) => move(node.name, ports[i]));
        const list = JSON.stringify(cluster.nodes.map((n) => n.enode));
        for (const node of cluster.nodes) writeFileSync(join(node.datadir, 'static-nodes.json'), list);
        const started = Date.now();
        for (const node of cluster.nodes) await cluster.startOnly(node.name);
        took.push(await together(text, started));
    };
    const fresh = await freePorts(6);
    await allAtOnce('all are found at their new places', [0, 1, 2].map((i) => [fresh[2 * i], fresh[2 * i + 1]]));
    const [a, b, c] = places();
    await allAtOnce('all are found at each other\'s places', [b, c, a]);
    check(readFileSync(join(cluster.node('node1').datadir, 'otento.log'), 'utf8').includes('this node has moved'), 'they said so');

    const { accepted } = await traffic.stop();
    check((await traffic.missing()).length === 0, 'no acknowledged transaction is missing');
    await cluster.compareChains();
    console.log(`addresses: one by one ${took.slice(0, 3).join(', ')} s, all at once ${took[3]} s, all exchanged ${took[4]} s; ${accepted} acknowledged, 0 lost`);
});
