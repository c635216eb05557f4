// Who a node is: files may be reordered, edited or lost; a wrong flag, key, network, genesis or name ends in one clear
// sentence; a lost raft log never votes; a removed node comes back under a new ID and keeps its chain.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, check, freePorts, own, parseOptions, sleep, until, withCluster } from './lib.mjs';

const options = parseOptions({});

const idOf = async (node, asked = node) => (await call(asked.rpc, 'raft_cluster')).find((m) => m.nodeId === own(node))?.raftId;
const readiness = async (node) => (await fetch(`${node.rpc}/readyz`, { signal: AbortSignal.timeout(5000) })).text();

await withCluster({ otento: options.otento, nodes: 3 }, async (cluster) => {
    await cluster.waitForLeader();
    const [first, second, third] = cluster.nodes;
    const list = join(second.datadir, 'static-nodes.json');
    const enodes = JSON.parse(readFileSync(list));

    for (const [text, content] of [['reordered', JSON.stringify([...enodes].reverse())], ['edited', JSON.stringify([enodes[0]])],
        ['broken', 'not JSON'], ['missing', null]]) {
        if (content === null) rmSync(list);
        else writeFileSync(list, content);
        await cluster.restart(second.name);
        check(await idOf(second) === 2, `with its list ${text} it is still 2`);
    }

    // Flags that are not true.
    process.kill(cluster.node('node2').pid, 'SIGTERM');
    await sleep(1500);
    check((await cluster.startFails(second, '--raftjoinexisting', '7')).includes('--raftjoinexisting 7 does not fit'), 'another id is refused');
    const key = readFileSync(join(second.datadir, 'geth/nodekey'), 'utf8');
    check((await cluster.startFails(second, '--nodekeyhex', '11'.repeat(32))).includes('mixed up'), 'another key is refused');
    check(readFileSync(join(second.datadir, 'geth/nodekey'), 'utf8') === key, 'and nothing else happened');
    await cluster.up();

    // Strangers: another network, a name that does not resolve, nobody there.
    const stranger = await cluster.prepare('stranger');
    for (const [flags, words] of [[['--networkid', '99'], 'other network id'],
        [['--join', 'no-such-name.invalid:30303'], 'no-such-name.invalid']]) {
        cluster.launch('stranger', flags);
        await until(`it says "${words}"`, async () => cluster.prepared('stranger').log().includes(words));
        await cluster.killPrepared('stranger');
    }
    check(/other network id/.test(cluster.nodes.map((n) => cluster.log(n.name)).join()), 'the members say so, too');
    const clash = await cluster.startFails(stranger, '--join', first.enode, '--http', '--http.addr', '127.0.0.1',
        '--http.port', new URL(first.rpc).port);
    check(clash.includes('cannot serve JSON-RPC'), `a port in use is named: ${clash}`);

    // A lost raft log, and a key used twice: the others remember the log they knew.
    await cluster.killPrepared('node3');
    rmSync(join(third.datadir, 'raft-wal'), { recursive: true });
    rmSync(join(third.datadir, 'geth/chaindata'), { recursive: true });
    await cluster.startOnly('node3');
    await until('it is told that its log is another one', async () => (await readiness(third)).includes('another raft log'));
    check(/raft_removePeer\(3\)/.test(await readiness(third)), 'and what to do');
    check((await cluster.waitForLeader()).name !== 'node3', 'it does not lead');
    await call(first.rpc, 'raft_removePeer', [3], 20_000);
    await cluster.killPrepared('node3');
    rmSync(join(third.datadir, 'raft-wal'), { recursive: true });
    await call(first.rpc, 'raft_addPeer', [third.enode], 20_000);
    await cluster.startOnly('node3', ['--join', first.enode]);
    await until('it is back under a new ID', async () => await idOf(third) === 4 && await call(third.rpc, 'raft_role') === 'verifier');

    // Removed and added again: one call, and the chain is kept.
    await call(first.rpc, 'raft_removePeer', [2], 20_000);
    await until('it says that it was removed', async () => (await readiness(second)).includes('was removed'));
    check(await call(second.rpc, 'raft_role') === '', 'it has no role');
    try {
        await call(second.rpc, 'eth_sendRawTransaction', ['0x00']);
        throw new Error('a removed node took a transaction');
    } catch (error) {
        check(error.message.includes('was removed'), error.message);
    }
    const height = Number(await call(second.rpc, 'eth_blockNumber'));
    const id = await call(first.rpc, 'raft_addPeer', [second.enode], 20_000);
    await until('it takes up its new ID by itself', async () => await idOf(second) === id && await call(second.rpc, 'raft_role') === 'verifier');
    check(Number(await call(second.rpc, 'eth_blockNumber')) >= height, 'its chain was kept');
    check(!cluster.log('node2').includes('fetching the state'), 'nothing was fetched');

    // Moved to another place: it says so itself, and everybody follows.
    process.kill(cluster.node('node2').pid, 'SIGTERM');
    await sleep(2000);
    const moved = await freePorts(2);
    await cluster.startOnly('node2', ['--port', String(moved[0]), '--raftport', String(moved[1]), '--advertise', 'localhost']);
    await until('the others know the new address', async () => {
        const member = (await call(first.rpc, 'raft_cluster')).find((m) => m.nodeId === own(second));
        return member.hostname === 'localhost' && member.p2pPort === moved[0] && member.raftPort === moved[1] && member.nodeActive;
    });

    // With the token of the cluster no operator is needed.
    await cluster.launch('stranger', ['--join-token', 'wrong']);
    await until('a wrong token is no token', async () => cluster.prepared('stranger').log().includes('raft_addPeer'));
    await cluster.killPrepared('stranger');
    await cluster.restart('node1');
    await cluster.killPrepared('node1');
    await cluster.startOnly('node1', ['--accept-join-token', 's3cret']);
    await cluster.launch('stranger', ['--join-token', 's3cret']);
    await until('it is let in with the right one', async () => await call(stranger.rpc, 'raft_role') === 'verifier');
    await cluster.drop('stranger');
    await cluster.compareChains();
    console.log('identity: lists, flags, keys, strangers, lost logs, removal and return: each as it should be');
});
