// The whole way from GoQuorum in real processes: import of a chain, killed in the middle and taken up again; a
// cluster that goes on with it under the same rules; export, and import of the longer chain into a fresh node;
// the switch to Otento's own rules at a height; audit of all seals; errors an operator will meet.
import { Wallet } from 'ethers';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT, call, check, hardhat, parseOptions, random, run, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ shared: join(ROOT, '../shared'), kills: 12, seed: 5, nodes: 3, raftblocktime: 20 });
const next = random(options.seed);
const hex = (number) => '0x' + number.toString(16);
const KINDS = { ns: 10n ** 18n, seconds: 10n ** 10n };

/// Runs otento to its end: {code, stdout, stderr, json}, json being the last line if it is one.
async function otento(...words) {
    const result = await run(options.otento, words, { timeout: 0 });
    let json = null;
    try { json = JSON.parse(result.stdout.trim().split('\n').at(-1)); } catch { /* text */ }
    return { ...result, json };
}

async function succeed(...words) {
    const result = await otento(...words);
    check(result.code === 0, `otento ${words.join(' ')} succeeds, but: ${result.stderr.slice(-600)}`);
    return result;
}

async function refuse(pattern, ...words) {
    const result = await otento(...words);
    const last = result.stderr.trim().split('\n').at(-1);
    check(result.code !== 0 && pattern.test(last), `otento ${words.join(' ')} is refused with ${pattern}; it said: ${last}`);
}

/// A data directory with a genesis and, if given, blocks.
async function fresh(dir, genesis, file) {
    rmSync(dir, { recursive: true, force: true });
    await succeed('--datadir', dir, 'init', genesis);
    return file ? (await succeed('import', '--datadir', dir, '--json', file)).json : null;
}

/// Starts an import and kills it after a while, until one gets through; what was there stays there.
async function importUnderFire(dir, genesis, file, expected) {
    await fresh(dir, genesis);
    const whole = Date.now();
    let height = 0;
    let killed = 0;
    let longest = 400;
    for (let i = 0; i < options.kills; i++) {
        const child = spawn(options.otento, ['--datadir', dir, 'import', file], { stdio: 'ignore' });
        const ended = new Promise((done) => child.once('exit', (code, signal) => done(signal)));
        const started = Date.now();
        await sleep(20 + next() * longest);
        child.kill('SIGKILL');
        if (await ended === 'SIGKILL') killed++; else longest = Math.max(20, (Date.now() - started) / 2);
        const audit = await succeed('--datadir', dir, 'audit', '--json');
        check(audit.json.blocks >= height, `no block is lost by kill -9: ${audit.json.blocks} after ${height}`);
        height = audit.json.blocks;
    }
    const last = (await succeed('--datadir', dir, 'import', '--json', file)).json;
    check(last.head === expected.head && last.stateRoot === expected.stateRoot, 'the import under fire ends at the same head');
    console.log(`import killed ${killed} times, taken up again, whole after ${Date.now() - whole} ms`);
}

class Sender {
    constructor(cluster, key) {
        this.cluster = cluster;
        this.wallet = new Wallet(key);
    }

    async transfer(count) {
        const nodes = this.cluster.nodes;
        let nonce = Number(await call(nodes[0].rpc, 'eth_getTransactionCount', [this.wallet.address, 'latest']));
        const hashes = [];
        for (let i = 0; i < count; i++, nonce++) {
            const raw = await this.wallet.signTransaction({
                chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, value: 1, nonce, to: '0x' + 'e0'.repeat(20) });
            hashes.push(await call(nodes[i % nodes.length].rpc, 'eth_sendRawTransaction', [raw]));
            await sleep(30);
        }
        for (const hash of hashes) {
            let receipt = null;
            for (let i = 0; !receipt; i++) {
                receipt = await call(nodes[0].rpc, 'eth_getTransactionReceipt', [hash]);
                check(receipt || i < 1000, `${hash} is mined`);
                if (!receipt) await sleep(10);
            }
            check(receipt.status === '0x1', `${hash} succeeded`);
        }
    }
}

async function block(cluster, number) {
    const all = await Promise.all(cluster.nodes.map((n) => call(n.rpc, 'eth_getBlockByNumber', [hex(number), false])));
    check(all.every((b) => b && b.hash === all[0].hash), `block ${number} is the same on all nodes`);
    return all[0];
}

await withCluster(options, async (cluster) => {
    // The chain we start from: GoQuorum's own where the test data is, else none but a GoQuorum genesis.
    const vectors = join(options.shared, 'vectors/quorum24-chain-a');
    const real = existsSync(join(vectors, 'chain.rlp.gz'));
    if (!real) console.log(`notice: no ${vectors}; starting from an empty GoQuorum chain`);
    const genesis = join(cluster.dir, 'quorum.json');
    const document = real ? JSON.parse(readFileSync(join(vectors, 'genesis.json'))) : {
        config: { chainId: 1337, homesteadBlock: 0, eip150Block: 0, eip155Block: 0, eip158Block: 0, byzantiumBlock: 0,
            constantinopleBlock: 0, isQuorum: true },
        difficulty: '0x0', gasLimit: '0xE0000000',
        alloc: Object.fromEntries(cluster.accounts.map((a) => [a.address, { balance: '0x33b2e3c9fd0803ce8000000' }])),
    };
    writeFileSync(genesis, JSON.stringify(document));
    const key = real ? JSON.parse(readFileSync(join(vectors, 'identity/accounts.json')))[0].privateKey
        : cluster.accounts[0].privateKey;
    const work = (name) => join(cluster.dir, name);

    // 1. The members' data directories: our keys and addresses, the old chain.
    await cluster.up('--down');
    for (const [i, node] of cluster.nodes.entries()) {
        for (const name of ['geth/chaindata', 'geth/genesis.json', 'geth/transactions.journal', 'raft-wal']) {
            rmSync(join(node.datadir, name), { recursive: true, force: true });
        }
        await succeed('--datadir', node.datadir, 'init', genesis);
        if (real) {
            const got = (await succeed('--datadir', node.datadir, 'import', '--json', join(vectors, 'chain.rlp.gz'))).json;
            const facts = JSON.parse(readFileSync(join(vectors, 'facts.json')));
            check(got.number === facts.height && got.head === facts.blocks.at(-1).hash && got.stateRoot === facts.finalStateRoot,
                `node ${i + 1} has GoQuorum's head`);
        }
    }
    if (real) {
        const whole = await fresh(work('whole'), genesis, join(vectors, 'chain.rlp.gz'));
        await importUnderFire(work('fire'), genesis, join(vectors, 'chain.rlp.gz'), whole);
        await succeed('--datadir', work('fire'), 'export', work('again.rlp'));
        check(readFileSync(work('again.rlp')).equals(gunzipSync(readFileSync(join(vectors, 'chain.rlp.gz')))),
            'the export is the file that GoQuorum wrote');
    }

    // 2. Going on under the old rules.
    await cluster.up();
    await cluster.waitForLeader();
    const start = Number(await call(cluster.nodes[0].rpc, 'eth_blockNumber'));
    const treasury = async () => BigInt(await call(cluster.nodes[0].rpc, 'eth_getBalance', ['0x' + '0'.repeat(40), 'latest']));
    const before = await treasury();
    const sender = new Sender(cluster, key);
    await sender.transfer(12);
    const height = await cluster.sameHeight();
    check(height > start, 'the cluster mints on the imported chain');
    for (let number = start + 1; number <= height; number++) {
        const b = await block(cluster, number);
        check(BigInt(b.timestamp) > KINDS.ns && /^0x0+$/.test(b.miner) && b.extraData.length === 2 + 2 * 102,
            `block ${number} looks like GoQuorum's`);
    }
    check(await treasury() - before === 2n * 10n ** 18n * BigInt(height - start), 'every block rewards the zero address');
    const choked = (await hardhat(cluster.nodes[0].rpc, key)).choked;
    check(/overflow/.test(choked), `Hardhat and ethers choke on nanoseconds: ${choked}`);
    await refuse(/in use by another process: stop the node/, '--datadir', cluster.nodes[0].datadir, 'export', work('x.rlp'));

    // 3. The longer chain again, in a fresh node.
    await cluster.up('--down');
    await succeed('--datadir', cluster.nodes[1].datadir, 'export', work('longer.rlp.gz'));
    const again = await fresh(work('copy'), genesis, work('longer.rlp.gz'));
    check(again.number === height, 'what was minted here imports');
    const lists = [join(cluster.nodes[0].datadir, 'static-nodes.json'), join(vectors, 'identity/static-nodes.json')];
    const audit = await succeed('audit', '--json', '--static-nodes', lists.slice(0, real ? 2 : 1).join(','), work('longer.rlp.gz'));
    const ours = audit.stdout.trim().split('\n').slice(start, -1).map((line) => JSON.parse(line));
    check(ours.length === height - start && ours.every((b) => b.verdict === 'verified'), 'our seals verify as GoQuorum\'s do');

    // 4. The switch.
    const switchBlock = height + 4;
    document.config.otento = { switchBlock };
    writeFileSync(genesis, JSON.stringify(document));
    for (const node of cluster.nodes) await succeed('--datadir', node.datadir, 'init', genesis);
    await cluster.up();
    await cluster.waitForLeader();
    await sender.transfer(14);
    check(await cluster.sameHeight() > switchBlock, `the chain goes on beyond the switch at ${switchBlock}`);
    const seconds = Math.floor(Date.now() / 1000);
    const worked = await hardhat(cluster.nodes[1].rpc, key);
    check(worked.status === 1 && worked.created === worked.minted && Math.abs(worked.minted - seconds) < 600,
        `Hardhat and ethers work after the switch: ${JSON.stringify(worked)}`);
    const last = await block(cluster, switchBlock - 1);
    const first = await block(cluster, switchBlock);
    check(BigInt(last.timestamp) > KINDS.ns, 'nanoseconds before the switch');
    check(BigInt(first.timestamp) < KINDS.seconds && Number(first.timestamp) > 1.7e9, 'seconds from the switch on');
    const switched = await cluster.sameHeight();
    check(first.parentHash === last.hash && first.difficulty === '0x0' && first.baseFeePerGas === '0x0', 'otento rules from the switch on');
    await cluster.up('--down');
    await succeed('--datadir', cluster.nodes[2].datadir, 'export', work('switched.rlp'));
    const over = await fresh(work('copy'), genesis, work('switched.rlp'));
    check(over.number === switched, 'a chain with a switch imports');
    await refuse(/mismatching switch block in database/, '--datadir', work('copy'), 'init',
        (document.config.otento.switchBlock += 1, writeFileSync(work('late.json'), JSON.stringify(document)), work('late.json')));
    const after = await succeed('--datadir', cluster.nodes[2].datadir, 'audit', '--json');
    check(after.json.blocks === switched && after.json.forged === 0, 'all seals of both rule sets are accounted for');

    // 5. Errors.
    await refuse(/has no chain: run 'otento/, '--datadir', cluster.dir, 'import', work('switched.rlp'));
    await refuse(/is not there/, '--datadir', work('nowhere'), 'export', work('x.rlp'));
    await refuse(/no-such\.rlp: cannot be opened/, '--datadir', work('copy'), 'import', work('no-such.rlp'));
    await refuse(/has gone on by consensus/, '--datadir', cluster.nodes[0].datadir, 'import', work('switched.rlp'));
    document.gasLimit = '0xE0000001';
    writeFileSync(work('other.json'), JSON.stringify(document));
    await fresh(work('other'), work('other.json'));
    await refuse(/the genesis block of the file is/, '--datadir', work('other'), 'import', work('switched.rlp'));
    mkdirSync(work('level/geth/chaindata'), { recursive: true });
    writeFileSync(work('level/geth/chaindata/CURRENT'), 'MANIFEST-000001\n');
    await refuse(/written by GoQuorum \(LevelDB\)/, '--datadir', work('level'), 'import', work('switched.rlp'));
    const bytes = readFileSync(work('switched.rlp'));
    bytes[bytes.length - 300] ^= 4;
    writeFileSync(work('flipped.rlp'), bytes);
    await fresh(work('damaged'), work('quorum.json'));
    await refuse(/block \d+ \(number \d+ of the file\).*stays usable/, '--datadir', work('damaged'), 'import', work('flipped.rlp'));
    const mended = (await succeed('--datadir', work('damaged'), 'import', '--json', work('switched.rlp'))).json;
    check(mended.head === over.head, 'the good file goes on where the bad one stopped');
    console.log(`imported ${start} blocks, minted to ${height} as GoQuorum and to ${switched} across the switch at ${switchBlock}`);
});
