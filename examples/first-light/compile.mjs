// Compiles Solidity with solc from npm, without any download.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const HERE = dirname(fileURLToPath(import.meta.url));

/// ABI and deployment code of one contract; imports come from node_modules.
export function compile(source, contract) {
    const solc = require('solc');
    const input = {
        language: 'Solidity',
        sources: { 'main.sol': { content: source } },
        settings: {
            evmVersion: 'paris',
            optimizer: { enabled: true, runs: 200 },
            outputSelection: { '*': { [contract]: ['abi', 'evm.bytecode.object'] } },
        },
    };
    const findImport = (path) => ({ contents: readFileSync(join(HERE, 'node_modules', path), 'utf8') });
    const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
    const errors = (output.errors ?? []).filter((e) => e.severity === 'error');
    if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join('\n'));
    const { abi, evm } = output.contracts['main.sol'][contract];
    return { abi, bytecode: '0x' + evm.bytecode.object };
}

export const compileToken = () => compile(readFileSync(join(HERE, 'Token.sol'), 'utf8'), 'Token');
