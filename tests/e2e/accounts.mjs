// Accounts whose keys the node keeps, as GoQuorum's start scripts and clients use them: --unlock, eth_sendTransaction by
// ethers and by Hardhat, personal in the console; and who may not sign where.
import { JsonRpcProvider } from 'ethers';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, check, hardhat, parseOptions, run, until, withCluster } from './lib.mjs';

const options = parseOptions({ nodes: 1, count: 40 });
const TO = '0x' + 'ad'.repeat(20);

async function otento(...words) {
    const { code, stdout, stderr } = await run(options.otento, words);
    return { code, text: (stdout + stderr).trim() };
}

async function refused(pattern, promise) {
    const error = await promise.then(() => null, (e) => e);
    check(error && pattern.test(error.message), `refused with ${pattern}: ${error?.message}`);
}

await withCluster(options, async (cluster) => {
    const node = cluster.nodes[0];
    const [rich] = cluster.accounts;
    const passwords = join(cluster.dir, 'passwords.txt');
    const keyFile = join(cluster.dir, 'key.txt');
    writeFileSync(passwords, 'secret\n');
    writeFileSync(keyFile, rich.privateKey.slice(2));
    await refused(/unknown account/, call(node.rpc, 'eth_sendTransaction', [{ from: rich.address, to: TO }]));
    const imported = await otento('--datadir', node.datadir, 'account', 'import', keyFile, '--password', passwords, '--lightkdf');
    check(imported.code === 0, imported.text);

    const restart = async (...flags) => {
        cluster.kill(node.name, 'SIGTERM');
        await until('it has stopped', () => { try { process.kill(cluster.node(node.name).pid, 0); return false; } catch { return true; } });
        await cluster.startOnly(node.name, flags);
        await until('it is ready', async () => (await fetch(`${node.rpc}/readyz`)).status === 200);
    };

    // 1. Unlocked, and allowed to sign over HTTP.
    await restart('--unlock', '0', '--password', passwords, '--allow-insecure-unlock', '--http.api', 'eth,net,web3,raft,personal');
    const provider = new JsonRpcProvider(node.rpc, undefined, { pollingInterval: 20 });
    const signer = await provider.getSigner(0);
    check(signer.address.toLowerCase() === rich.address.toLowerCase(), `the account is ${signer.address}`);
    const before = await provider.getTransactionCount(rich.address);
    const sent = await Promise.all(Array.from({ length: options.count }, () => signer.sendTransaction({ to: TO, value: 1n })));
    const receipts = await Promise.all(sent.map((tx) => tx.wait()));
    check(receipts.every((r) => r.status === 1), 'all are mined');
    const nonces = sent.map((tx) => tx.nonce).sort((a, b) => a - b);
    check(nonces.every((n, i) => n === before + i), `one nonce after the other: ${nonces}`);
    check(await provider.getBalance(TO) === BigInt(options.count), 'all have arrived');
    const signed = await signer._legacySignMessage('hello');
    check(await call(node.rpc, 'personal_ecRecover', ['0x' + Buffer.from('hello').toString('hex'), signed]) === rich.address.toLowerCase(),
        'a message recovers');
    const worked = await hardhat(node.rpc);
    check(worked.status === 1 && worked.from === signer.address, `Hardhat sends by the node's account: ${JSON.stringify(worked)}`);
    await refused(/nonce too low/, call(node.rpc, 'eth_sendTransaction', [{ from: rich.address, to: TO, nonce: '0x0' }]));
    await refused(/insufficient funds/, call(node.rpc, 'eth_sendTransaction', [{ from: rich.address, to: TO, value: '0x' + 'f'.repeat(40), gas: '0x5208' }]));
    provider.destroy();

    // 2. Unlocked, HTTP closed to it: the password, or the local socket.
    await restart('--unlock', rich.address, '--password', passwords, '--http.api', 'eth,personal');
    await refused(/authentication needed.*--allow-insecure-unlock/, call(node.rpc, 'eth_sendTransaction', [{ from: rich.address, to: TO }]));
    await refused(/account unlock with HTTP access is forbidden/, call(node.rpc, 'personal_unlockAccount', [rich.address, 'secret', 10]));
    await refused(/could not decrypt/, call(node.rpc, 'personal_sendTransaction', [{ from: rich.address, to: TO }, 'wrong']));
    await call(node.rpc, 'personal_sendTransaction', [{ from: rich.address, to: TO, value: '0x1' }, 'secret']);
    const exec = async (script) => (await otento('attach', '--exec', script, join(node.datadir, 'geth.ipc'))).text;
    const hash = await exec(`eth.sendTransaction({from: eth.accounts[0], to: '${TO}', value: 1})`);
    check(/^"0x[0-9a-f]{64}"$/.test(hash), `the console sends: ${hash}`);
    await until('it is mined', () => call(node.rpc, 'eth_getTransactionReceipt', [JSON.parse(hash)]));
    const made = JSON.parse(await exec(`personal.newAccount('mine')`));
    check((await call(node.rpc, 'eth_accounts')).includes(made), `${made} is there at once`);
    check(/authentication needed: password or unlock/.test(await exec(`eth.sign('${made}', '0x00')`)), 'it is locked');
    check(await exec(`personal.unlockAccount('${made}', 'mine', 60) && eth.sign('${made}', '0x00').length`) === '132', 'it signs once unlocked');

    // 3. A wrong password is one sentence.
    writeFileSync(passwords, 'wrong\n');
    const wrong = await otento('--datadir', node.datadir, '--unlock', '1', '--password', passwords);
    check(wrong.code !== 0 && /Failed to unlock account 1 \(could not decrypt key with given passphrase\)/.test(wrong.text),
        `says why: ${wrong.text}`);
    console.log(`${options.count} sends by one unlocked account, Hardhat and console sign by the node's keys`);
});
