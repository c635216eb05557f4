// The console on a real cluster: --exec, a pipe, scripts, over HTTP and the local socket; and the socket by itself.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Wallet } from 'ethers';
import { ROOT, call, check, parseOptions, run, sleep, withCluster } from './lib.mjs';
import { QuorumSource, loadBlocks } from './quorum-source.mjs';

const options = parseOptions({ nodes: 3, shared: join(ROOT, '../shared') });

const otento = (words, input) => run(options.otento, words, { input });

async function exec(endpoint, script, ...flags) {
    const { code, stdout, stderr } = await otento(['attach', '--exec', script, ...flags, endpoint]);
    check(code === 0, `${script} succeeds: ${stdout}${stderr}`);
    return stdout.replace(/\n$/, '');
}

/// Sends bytes to a Unix socket and returns what came until `enough` says so.
function raw(path, bytes, enough) {
    return new Promise((done, fail) => {
        let got = '';
        const socket = connect(path, () => socket.write(bytes));
        socket.setTimeout(20_000, () => { socket.destroy(); fail(new Error(`no more than '${got}'`)); });
        socket.on('data', (data) => {
            got += data;
            if (enough(got)) { socket.destroy(); done(got); }
        });
        socket.on('close', () => done(got));
        socket.on('error', (error) => ['ECONNRESET', 'EPIPE'].includes(error.code) ? done(got) : fail(error));
    });
}

await withCluster(options, async (cluster) => {
    const node = cluster.nodes[0];
    const ipc = join(node.datadir, 'geth.ipc');
    const [rich, other] = cluster.accounts;

    console.log('the socket');
    check((statSync(ipc).mode & 0o777) === 0o600, 'only the owner may open it');
    const ask = (id, method) => JSON.stringify({ jsonrpc: '2.0', id, method, params: [] });
    let got = await raw(ipc, ask(1, 'eth_chainId') + ask(2, 'raft_role'), (t) => t.split('\n').length > 2);
    const answers = got.trim().split('\n').map(JSON.parse).sort((a, b) => a.id - b.id);
    check(answers[0].result === '0x539' && ['minter', 'verifier'].includes(answers[1].result), `answers: ${got}`);
    got = await raw(ipc, `[${ask(1, 'eth_chainId')},${ask(2, 'net_version')}]`, (t) => t.endsWith('\n'));
    check(JSON.parse(got).length === 2, `a batch is answered: ${got}`);
    got = await raw(ipc, '{"jsonrpc":"2.0","id":1,"method":]}', (t) => t.endsWith('\n'));
    check(JSON.parse(got).error.code === -32700, `what is no JSON is an error: ${got}`);
    got = await raw(ipc, 'nonsense ' + ask(7, 'eth_chainId'), (t) => t.split('\n').length > 2);
    check(got.includes('-32700') && got.includes('"id":7'), `after nonsense it goes on: ${got}`);
    got = await raw(ipc, '{"a":"' + 'x'.repeat(33 << 20), () => false);
    check(got === '', 'a message without end is hung up on');

    for (const endpoint of [ipc, node.rpc]) {
        console.log(`--exec at ${endpoint === ipc ? 'the socket' : 'HTTP'}`);
        check(await exec(endpoint, 'eth.blockNumber') === String(Number(await call(node.rpc, 'eth_blockNumber'))), 'eth.blockNumber');
        const balance = BigInt(await call(node.rpc, 'eth_getBalance', [rich.address, 'latest']));
        check(await exec(endpoint, `eth.getBalance('${rich.address}')`) === balance.toString(), `a balance of ${balance} is exact`);
        check(await exec(endpoint, `web3.fromWei(eth.getBalance('${rich.address}')).plus('1e-18').toString()`) ===
            `"${balance / 10n ** 18n}.000000000000000001"`, 'to the last wei');
        const cluster3 = await exec(endpoint, 'raft.cluster');
        check(cluster3.startsWith('[{\n    hostname: "127.0.0.1",') && (cluster3.match(/raftId: /g) ?? []).length === 3, cluster3);
        check(await exec(endpoint, 'raft.cluster.filter(n => n.role === "minter").length') === '1', 'one minter');
        check(['"minter"', '"verifier"'].includes(await exec(endpoint, 'raft.role')), 'raft.role');
        check(await exec(endpoint, 'eth.getBlock(0).hash') === JSON.stringify((await call(node.rpc, 'eth_getBlockByNumber', ['0x0', false])).hash), 'block 0');
        check((await exec(endpoint, 'console.log("a", 1n, {b: [1]}); 7')) === 'a 1 {\n  b: [1]\n}\n7', 'console.log');
    }

    console.log('errors');
    let result = await otento(['attach', '--exec', 'eth.getBlock("x".repeat(70), 1, 2, 3, 4)', ipc]);
    check(result.code === 1 && /^Error: /.test(result.stdout), `an error of the node is printed: ${result.stdout}`);
    result = await otento(['attach', '--exec', 'eth.nope()', ipc]);
    check(result.code === 1 && result.stdout === 'TypeError: eth.nope is not a function\n', result.stdout);
    result = await otento(['attach', '--exec', 'eth.getTransactionReceipt("0x00")', ipc]);
    check(result.code === 1 && /invalid argument 0/.test(result.stdout), result.stdout);
    result = await otento(['attach', '--exec', '1', join(node.datadir, 'nothing.ipc')]);
    check(result.code === 1 && /No such file/.test(result.stderr), result.stderr);
    result = await otento(['attach', '--exec', '1', 'http://127.0.0.1:1']);
    check(result.code === 1 && /unable to attach/.test(result.stderr), result.stderr);

    console.log('geth\'s ways to write the command line');
    for (const args of [['--exec', '1+1', 'attach', `ipc:${ipc}`], ['--datadir', node.datadir, 'attach', '--exec', '1+1'],
        ['attach', `--exec=1+1`, `--datadir=${node.datadir}`], ['attach', node.rpc, '--exec', '1+1']]) {
        result = await otento(args);
        check(result.code === 0 && result.stdout === '2\n', `${args.join(' ')}: ${result.stdout}${result.stderr}`);
    }

    console.log('a pipe, with statements over several lines and a transaction signed elsewhere');
    const signed = await new Wallet(rich.privateKey).signTransaction(
        { chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, nonce: 0, to: other.address, value: 12345678901234567890n });
    const before = BigInt(await call(node.rpc, 'eth_getBalance', [other.address, 'latest']));
    result = await otento(['attach', ipc], [
        `var tx = eth.sendRawTransaction("${signed}")`,
        'function wait() {', '  while (eth.getTransactionReceipt(tx) === null) {', '    admin.sleep(0.02)', '  }', '  return true', '}',
        'wait()', `eth.getBalance("${other.address}")`, 'eth.getTransaction(tx).value', 'eth.getTransactionReceipt(tx).status',
        'throw new Error("on purpose")', '"after"', ''].join('\n'));
    check(result.code === 0, `the last line succeeded: ${result.stdout}${result.stderr}`);
    check(result.stdout === ['undefined', 'undefined', 'true', String(before + 12345678901234567890n), '12345678901234567890',
        '"0x1"', 'Error: on purpose', '"after"', ''].join('\n'), result.stdout);

    console.log('scripts: loadScript, --preload, timers');
    const folder = mkdtempSync(join(tmpdir(), 'otento-attach-'));
    try {
        writeFileSync(join(folder, 'lib.js'), 'const height = () => eth.blockNumber;\nfunction fail() { throw new Error("deep") }\n');
        writeFileSync(join(folder, 'main.js'), 'loadScript("lib.js");\nconsole.log("height", height());\nvar loaded = true;\n');
        const height = Number(await call(node.rpc, 'eth_blockNumber'));
        check(await exec(ipc, 'loadScript("main.js")', '--jspath', folder) === `height ${height}\ntrue`, 'loadScript');
        check(await exec(ipc, 'loaded', '--jspath', folder, '--preload', 'main.js') === `height ${height}\ntrue`, '--preload');
        result = await otento(['attach', ipc], `loadScript("${folder}/lib.js")\nfail()\n`);
        check(result.code === 1 && result.stdout.includes(`Error: deep\n\tat fail (${folder}/lib.js:2:`), result.stdout);
        check(await exec(ipc, 'var n = 0; setInterval(() => n++, 10); admin.sleep(0.3); n > 5') === 'true', 'timers run');
    } finally {
        rmSync(folder, { recursive: true });
    }

    const chain = join(options.shared, 'vectors/quorum24-chain-a/chain.rlp.gz');
    if (existsSync(chain)) {
        console.log('a node of GoQuorum 2.4');
        const quorum = await new QuorumSource(loadBlocks(chain)).listen();
        check(await exec(quorum.url, 'eth.blockNumber') === '341', 'its height');
        const stamp = BigInt((await call(quorum.url, 'eth_getBlockByNumber', ['0x39', false])).timestamp);
        check(stamp > 2n ** 53n && await exec(quorum.url, 'eth.getBlock(57).timestamp') === String(stamp), 'its nanoseconds, every digit');
        check(await exec(quorum.url, 'eth.getBlock(57, true).transactions[0].gasPrice') === '0', 'its transactions');
        check(await exec(quorum.url, 'raft.cluster.map(n => n.raftId)') === '[1, 2, 3, 4]', 'its members');
        check((await exec(quorum.url, 'debug.getBlockRlp(1).slice(0, 2)')) === '"f9"', 'its blocks');
        result = await otento(['attach', '--exec', 'admin.peers', quorum.url]);
        check(result.code === 1 && result.stdout === 'Error: The method admin_peers does not exist/is not available\n', result.stdout);
        await quorum.down();
    } else {
        console.log(`no ${chain}: not tried with GoQuorum's answers`);
    }

    console.log('a socket left by a killed node');
    await cluster.waitForLeader();
    cluster.kill(node.name);
    await sleep(300);
    check(existsSync(ipc), 'a killed node leaves its socket');
    await cluster.restart(node.name);
    check(await exec(ipc, 'net.listening') === 'true', 'its next start takes it over');
    console.log('the console works');
});
