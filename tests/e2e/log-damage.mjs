// A Raft log cut in its last record, and one with a flipped bit, open with a clear message: cut and caught up, or
// distrusted and repaired from peers. Never a crash loop, never silent loss.
import { openSync, readSync, writeSync, closeSync, readdirSync, statSync, ftruncateSync } from 'node:fs';
import { join } from 'node:path';
import { Wallet } from 'ethers';
import { call, check, parseOptions, random, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ rounds: 4, seed: 7, nodes: 3 });
const next = random(options.seed);

/// The segment file with the newest records, and the offset behind its last non-zero byte.
function newestSegment(datadir) {
    const folder = join(datadir, 'raft-wal');
    const files = readdirSync(folder).filter((f) => statSync(join(folder, f)).isFile() && f.endsWith('.log')).sort();
    for (const file of files.reverse()) {
        const path = join(folder, file);
        const fd = openSync(path, 'r');
        const bytes = Buffer.alloc(statSync(path).size);
        readSync(fd, bytes, 0, bytes.length, 0);
        closeSync(fd);
        let end = bytes.length;
        while (end > 0 && bytes[end - 1] === 0) end--;
        if (end > 64) return { path, end };
    }
    throw new Error(`no log segment in ${folder}`);
}

await withCluster(options, async (cluster) => {
    const wallet = new Wallet(cluster.accounts[0].privateKey);
    let nonce = 0;
    const hashes = [];
    const send = async (rpc) => {
        const hash = await call(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction({
            chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, nonce: nonce++, to: wallet.address, value: 0 })]);
        for (let i = 0; !await call(rpc, 'eth_getTransactionReceipt', [hash]); i++) {
            check(i < 800, `${hash} is mined`);
            await sleep(10);
        }
        hashes.push(hash);
    };
    for (let round = 0; round < options.rounds; round++) {
        for (let i = 0; i < 5; i++) await send(cluster.nodes[0].rpc);
        const victim = cluster.nodes[1 + Math.floor(next() * (cluster.nodes.length - 1))];
        cluster.kill(victim.name);
        await sleep(100);
        const { path, end } = newestSegment(victim.datadir);
        const fd = openSync(path, 'r+');
        const flip = round % 2 === 1;
        if (flip) {
            const at = end - 1 - Math.floor(next() * Math.min(end - 64, 2000));
            const byte = Buffer.alloc(1);
            readSync(fd, byte, 0, 1, at);
            byte[0] ^= 1 << Math.floor(next() * 8);
            writeSync(fd, byte, 0, 1, at);
        } else {
            ftruncateSync(fd, end - 1 - Math.floor(next() * 40));
        }
        closeSync(fd);
        await send(cluster.nodes[0].rpc);
        await cluster.up();
        await cluster.sameHeight();
        const said = cluster.log(victim.name).split('\n').filter((l) => /torn|corrupt|distrust|cut/i.test(l)).at(-1);
        check(said !== undefined, `${victim.name} says what happened to its log`);
        console.log(`round ${round + 1}: ${flip ? 'flipped a bit' : 'cut the last record'} of ${victim.name}: ${said.trim()}`);
    }
    for (const node of cluster.nodes) {
        for (const hash of hashes) {
            check(await call(node.rpc, 'eth_getTransactionReceipt', [hash]), `${node.name} has ${hash}`);
        }
    }
    await cluster.compareChains();
    console.log(`${hashes.length} transactions are on every node`);
});
