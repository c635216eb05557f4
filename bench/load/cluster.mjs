// Measures three nodes on this machine: committed transfers per second (native and ERC-20), send-to-receipt
// latency at light load, fail-over after SIGKILL of the leader, memory per node and idle disk growth; and the
// same transfers against Anvil from npm where it is installed (bench/load/package.json). Prints a table.
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Cluster, ROOT, call, parseOptions, sleep } from '../../tests/e2e/lib.mjs';

const require = createRequire(join(ROOT, 'examples/first-light/package.json'));
const { ContractFactory, JsonRpcProvider, Network, Wallet, HDNodeWallet, Mnemonic } = require('ethers');

const options = parseOptions({
    count: 30_000, connections: 64, kills: 20, latencySeconds: 20, latencyRate: 20, idleSeconds: 20,
    anvil: false, json: false, load: join(ROOT, 'build/release/bin/otento-load'), nodes: 3, raftblocktime: 50,
});
const figures = {};
const say = (text) => console.error(text);

function percentile(values, p) {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p / 100))];
}

const run = (program, args) => new Promise((done, fail) => execFile(program, args, { maxBuffer: 1 << 24 },
    (error, stdout, stderr) => error ? fail(new Error(stderr || error.message)) : done(stdout)));

const cpuTicks = (pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
};
const residentMb = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;

/// Deploys the example's token from account 0 and gives every account tokens.
async function deployToken(rpc, accounts, chainId) {
    const { compileToken } = await import('../../examples/first-light/compile.mjs');
    const { abi, bytecode } = compileToken();
    const provider = new JsonRpcProvider(rpc, Network.from(chainId), { staticNetwork: true, pollingInterval: 50, cacheTimeout: -1 });
    const wallet = new Wallet(accounts[0].privateKey, provider);
    const overrides = { gasPrice: 0, type: 0 };
    const token = await new ContractFactory(abi, bytecode, wallet).deploy(10n ** 24n, overrides);
    await token.waitForDeployment();
    for (const account of accounts.slice(1)) {
        await (await token.transfer(account.address, 10n ** 20n, overrides)).wait();
    }
    provider.destroy();
    return token.getAddress();
}

/// Posts `count` transfers and waits until every sender's nonce says that all are committed.
async function throughput(name, rpcs, accountsFile, { token, chainId }) {
    const accounts = JSON.parse(readFileSync(accountsFile)).slice(0, 20);
    // Every sender starts at the same nonce: bring the others up to the highest one with empty transfers.
    const nonces = await Promise.all(accounts.map((a) => call(rpcs[0], 'eth_getTransactionCount', [a.address, 'latest']).then(Number)));
    const first = Math.max(...nonces);
    for (const [i, account] of accounts.entries()) {
        const wallet = new Wallet(account.privateKey);
        for (let nonce = nonces[i]; nonce < first; nonce++) {
            await call(rpcs[0], 'eth_sendRawTransaction', [await wallet.signTransaction({
                chainId, type: 0, gasPrice: 0, gasLimit: 21_000, nonce, to: account.address, value: 0 })]);
        }
    }
    const count = Math.floor(options.count / accounts.length) * accounts.length;
    const goal = first + count / accounts.length;
    const committed = async (nonce) => {
        for (const account of accounts) {
            while (Number(await call(rpcs[0], 'eth_getTransactionCount', [account.address, 'latest'], 60_000)) < nonce) await sleep(20);
        }
    };
    await committed(first);
    const startBlock = Number(await call(rpcs[0], 'eth_blockNumber'));
    const output = JSON.parse(await run(options.load, [...rpcs.flatMap((r) => ['--rpc', r]), '--accounts', accountsFile,
        '--count', String(count), '--connections', String(options.connections), '--senders', String(accounts.length),
        '--chain-id', String(chainId), '--first-nonce', String(first), ...(token ? ['--token', token] : [])]));
    const posted = Date.now();
    if (output.accepted !== count) say(`  ${name}: ${count - output.accepted} refused: ${output.first_error}`);
    else await committed(goal);
    const drain = (Date.now() - posted) / 1000;
    const blocks = Number(await call(rpcs[0], 'eth_blockNumber')) - startBlock;
    const perSecond = output.accepted / (output.seconds + drain);
    say(`  ${name}: ${output.accepted} committed in ${(output.seconds + drain).toFixed(2)} s = ${perSecond.toFixed(0)}/s ` +
        `(posting ${output.per_second.toFixed(0)}/s, ${blocks} blocks)`);
    return perSecond;
}

async function latency(cluster) {
    const wallet = new Wallet(cluster.accounts[5].privateKey);
    const rpc = cluster.nodes[1].rpc;
    let nonce = Number(await call(rpc, 'eth_getTransactionCount', [wallet.address, 'latest']));
    const times = [];
    const pending = [];
    const total = options.latencySeconds * options.latencyRate;
    const raws = [];
    for (let i = 0; i < total; i++) {
        raws.push(await wallet.signTransaction({ chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, nonce: nonce++, to: wallet.address, value: 0 }));
    }
    for (const raw of raws) {
        pending.push((async () => {
            const started = performance.now();
            const hash = await call(rpc, 'eth_sendRawTransaction', [raw]);
            while (!await call(rpc, 'eth_getTransactionReceipt', [hash])) await sleep(1);
            times.push(performance.now() - started);
        })());
        await sleep(1000 / options.latencyRate);
    }
    await Promise.all(pending);
    figures.latencyP50 = percentile(times, 50);
    figures.latencyP99 = percentile(times, 99);
    say(`  send to receipt at ${options.latencyRate}/s: p50 ${figures.latencyP50.toFixed(1)} ms, p99 ${figures.latencyP99.toFixed(1)} ms`);
}

async function failover(cluster) {
    const wallet = new Wallet(cluster.accounts[6].privateKey);
    const times = [];
    for (let i = 0; i < options.kills; i++) {
        await cluster.sameHeight();
        const leader = await cluster.waitForLeader();
        const others = cluster.nodes.filter((n) => n.name !== leader.name);
        const rpc = others[0].rpc;
        const nonce = Number(await call(rpc, 'eth_getTransactionCount', [wallet.address, 'latest']));
        const raw = await wallet.signTransaction({ chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, nonce, to: wallet.address, value: 0 });
        cluster.kill(leader.name);
        const started = performance.now();
        const hash = await call(rpc, 'eth_sendRawTransaction', [raw]);
        while (!await call(rpc, 'eth_getTransactionReceipt', [hash])) await sleep(2);
        times.push(performance.now() - started);
        await cluster.up();
        await cluster.sameHeight();
        await sleep(300);
    }
    figures.failoverP50 = percentile(times, 50);
    figures.failoverP99 = percentile(times, 99);
    say(`  fail-over over ${options.kills} kills: p50 ${figures.failoverP50.toFixed(0)} ms, p99 ${figures.failoverP99.toFixed(0)} ms`);
}

async function diskBytes(dir) {
    return Number((await run('du', ['-sb', dir])).split('\t')[0]);
}

async function otento() {
    say(`otento, ${options.nodes} nodes, --raftblocktime ${options.raftblocktime}`);
    const cluster = await Cluster.start(options);
    try {
        await sleep(1000);
        figures.idleMb = Math.max(...cluster.nodes.map((n) => residentMb(n.pid)));
        const before = await Promise.all(cluster.nodes.map((n) => diskBytes(n.datadir)));
        const ticks = cluster.nodes.map((n) => cpuTicks(n.pid));
        await sleep(options.idleSeconds * 1000);
        const after = await Promise.all(cluster.nodes.map((n) => diskBytes(n.datadir)));
        figures.idleDiskGrowth = Math.max(...after.map((b, i) => b - before[i]));
        figures.idleCpu = Math.max(...cluster.nodes.map((n, i) => cpuTicks(n.pid) - ticks[i])) / options.idleSeconds;
        say(`  idle: ${figures.idleMb.toFixed(0)} MB a node, ${figures.idleDiskGrowth} bytes of disk growth and ` +
            `${figures.idleCpu.toFixed(1)} % CPU in ${options.idleSeconds} s`);
        await latency(cluster);
        const rpcs = cluster.nodes.map((n) => n.rpc);
        const file = join(cluster.dir, 'accounts.json');
        figures.native = await throughput('native transfers', rpcs, file, { chainId: 1337 });
        const token = await deployToken(rpcs[0], cluster.accounts, 1337);
        figures.erc20 = await throughput('ERC-20 transfers', rpcs, file, { chainId: 1337, token });
        figures.loadedMb = Math.max(...cluster.nodes.map((n) => residentMb(n.pid)));
        say(`  after the load: ${figures.loadedMb.toFixed(0)} MB a node`);
        if (options.kills > 0) await failover(cluster);
    } finally {
        await cluster.stop();
    }
}

async function anvil() {
    const program = join(ROOT, 'bench/load/node_modules/.bin/anvil');
    if (!existsSync(program)) {
        say(`anvil is not installed: (cd bench/load && npm install --ignore-scripts) brings it`);
        return;
    }
    const port = 18545;
    const child = spawn(program, ['--port', String(port), '--block-time', '0.05', '--gas-price', '0',
        '--block-base-fee-per-gas', '0', '--gas-limit', '3000000000', '--silent', '--accounts', '20'],
        { stdio: 'ignore', detached: true });  // npm's starter and the program: one group.
    const rpc = `http://127.0.0.1:${port}`;
    try {
        for (let i = 0; i < 100; i++) {
            try { await call(rpc, 'eth_chainId'); break; } catch { await sleep(100); }
        }
        say('anvil, one process, no consensus, memory only');
        const mnemonic = Mnemonic.fromPhrase('test test test test test test test test test test test junk');
        const accounts = Array.from({ length: 20 }, (_, i) => {
            const wallet = HDNodeWallet.fromMnemonic(mnemonic, `m/44'/60'/0'/0/${i}`);
            return { address: wallet.address.toLowerCase(), privateKey: wallet.privateKey };
        });
        const file = join(ROOT, 'build/anvil-accounts.json');
        writeFileSync(file, JSON.stringify(accounts, null, 1));
        figures.anvilNative = await throughput('native transfers', [rpc], file, { chainId: 31337 });
        const token = await deployToken(rpc, accounts, 31337);
        figures.anvilErc20 = await throughput('ERC-20 transfers', [rpc], file, { chainId: 31337, token });
    } finally {
        process.kill(-child.pid, 'SIGKILL');
    }
}

await otento();
if (options.anvil) await anvil();
if (options.json) {
    console.log(JSON.stringify(figures));
} else {
    const ratio = (a, b) => b ? `${(a / b).toFixed(2)} x Anvil` : '';
    console.log(`
| figure | measured | beside |
|---|---|---|
| native transfers/s | ${figures.native.toFixed(0)} | ${ratio(figures.native, figures.anvilNative)} |
| ERC-20 transfers/s | ${figures.erc20.toFixed(0)} | ${ratio(figures.erc20, figures.anvilErc20)} |
| send to receipt at ${options.latencyRate}/s | p50 ${figures.latencyP50.toFixed(1)} ms, p99 ${figures.latencyP99.toFixed(1)} ms | |
${options.kills > 0 ? `| fail-over, ${options.kills} kills | p50 ${figures.failoverP50.toFixed(0)} ms, p99 ${figures.failoverP99.toFixed(0)} ms | |
` : ''}| memory, idle / loaded | ${figures.idleMb.toFixed(0)} / ${figures.loadedMb.toFixed(0)} MB | |
| disk growth, CPU, idle | ${figures.idleDiskGrowth} bytes, ${figures.idleCpu.toFixed(1)} % | in ${options.idleSeconds} s |`);
}
process.exit(0);
