// Joining from nothing under load: the state is fetched from a member, proven, and the log follows. The joiner is
// killed on the way and goes on; every RPC method is asked meanwhile and answers. A member that was away for longer
// than the others keep log entries fetches the state as well and keeps its raft ID.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { call, check, parseOptions, sleep, until, withCluster } from './lib.mjs';
import { poll } from './poll.mjs';
import { Traffic } from './traffic.mjs';

const options = parseOptions({ blocks: 40, kills: 3, rate: 60 });
const KEPT = 20;  // Log entries; so few that whoever is away for a moment has to fetch.

const logBytes = (node) => readdirSync(join(node.datadir, 'raft-wal'))
    .reduce((sum, name) => sum + statSync(join(node.datadir, 'raft-wal', name)).size, 0);

await withCluster({ otento: options.otento, nodes: 3, raftblocktime: 5, flags: `--raftlogkeep ${KEPT} --statesync.mbps 1` }, async (cluster) => {
    await cluster.waitForLeader();
    const traffic = await Traffic.start(cluster, { rate: options.rate });
    const height = () => call(cluster.nodes[0].rpc, 'eth_blockNumber').then(Number);
    await until('enough blocks', async () => await height() >= options.blocks, 120);

    const joiner = await cluster.prepare('node4');
    const polling = poll(joiner);
    let kills = 0;
    cluster.launch('node4');
    await until('it says what an operator has to do', async () =>
        (await (await fetch(`${joiner.rpc}/readyz`)).text()).includes('raft_addPeer'));
    check(!(await call(cluster.nodes[0].rpc, 'raft_cluster')).some((m) => m.raftId === 4), 'nobody adds it by itself');
    const id = await call(cluster.nodes[1].rpc, 'raft_addPeer', [joiner.enode], 20_000);
    const killer = (async () => {
        for (; kills < options.kills; kills++) {
            await sleep(150 + 200 * kills);
            await cluster.killPrepared('node4');
            cluster.launch('node4');
        }
    })();
    await killer;
    const started = Date.now();
    await cluster.wait('node4', id);
    const took = Date.now() - started;
    const polled = await polling.stop();
    check(cluster.log('node4').includes('fetching the state'), 'it fetched the state');
    await until('it votes', async () => await call(joiner.rpc, 'raft_role') === 'verifier' || await call(joiner.rpc, 'raft_role') === 'minter');

    // A member that was away.
    const leader = await cluster.waitForLeader();
    const away = cluster.nodes.find((n) => n !== leader && n.name !== 'node4');
    const before = await height();
    cluster.kill(away.name);
    // A block is an entry, and there are a few more.
    const begins = () => Number([...cluster.log(leader.name).matchAll(/log cut, it begins at entry (\d+)/g)].at(-1)?.[1] ?? 0);
    await until('the others have cut their logs', () => begins() > before + KEPT, 120);
    await cluster.restart(away.name);
    check(cluster.log(away.name).includes('behind the log of the others'), 'it noticed that the log does not reach back');
    const self = (await call(away.rpc, 'raft_cluster')).find((m) => m.nodeId === /enode:..([0-9a-f]{128})/.exec(away.enode)[1]);
    check(self.raftId === away.raftId, 'it kept its raft ID');

    const { accepted } = await traffic.stop();
    check((await traffic.missing()).length === 0, 'no acknowledged transaction is missing');
    const blocks = await cluster.compareChains();
    const bytes = Math.max(...cluster.nodes.map(logBytes));
    console.log(`joined in ${took} ms after ${kills} kills; ${polled.asked} calls of ${polled.methods} methods on the joiner, the slowest ${polled.slowest} ms; ` +
        `${accepted} acknowledged, 0 lost, ${blocks} equal blocks, raft logs of at most ${bytes >> 20} MB`);
    for (const text of polled.progress) console.log(`  said: ${text}`);
});
