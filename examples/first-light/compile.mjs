// Compiles Token.sol with solc from npm, without any download.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const HERE = dirname(fileURLToPath(import.meta.url));

export function compileToken() {
    const solc = require('solc');
    const input = {
        language: 'Solidity',
        sources: { 'Token.sol': { content: readFileSync(join(HERE, 'Token.sol'), 'utf8') } },
        settings: {
            evmVersion: 'paris',
            optimizer: { enabled: true, runs: 200 },
            outputSelection: { '*': { Token: ['abi', 'evm.bytecode.object'] } },
        },
    };
    const findImport = (path) => ({ contents: readFileSync(join(HERE, 'node_modules', path), 'utf8') });
    const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
    const errors = (output.errors ?? []).filter((e) => e.severity === 'error');
    if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join('\n'));
    const { abi, evm } = output.contracts['Token.sol'].Token;
    return { abi, bytecode: '0x' + evm.bytecode.object };
}
