// Reads the tree and reports what the build cannot: line length, purpose comments, banned calls, dead files,
// broken links in docs, file sizes, and whether the arrow table in docs/ARCHITECTURE.md equals CMake's.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(process.argv[2] ?? '.');
const LINE_MAX = 120;
const FILE_LINES_MAX = 800;
const problems = [];
const report = (file, line, text) => problems.push(`${file}:${line}: ${text}`);

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n').filter((f) => f && existsSync(join(ROOT, f)));
const read = (file) => readFileSync(join(ROOT, file), 'utf8');
const isCpp = (file) => /\.(cpp|hpp)$/.test(file);

// What may not be called, and where it may all the same.
const BANNED = [
    [/\b(s?rand)\(/, /^$/, 'the C library random generator'],
    [/system_clock|steady_clock::now/, /^src\/(node|net|p2p)\/|^src\/base\/|^tests\/|^bench\/|^apps\/|testing\/|_test\.cpp$/, 'a clock outside node/ and the network'],
    [/std::(thread|jthread)\b/, /^src\/(node|net|p2p)\/|^tests\/|^bench\/|^apps\/|_test\.cpp$|^src\/conformance\//, 'a thread outside node/ and the network'],
    [/std::(shared_)?mutex\b/, /^src\/(base|node|net|p2p)\/|^tests\/|_test\.cpp$|testing\//, 'a mutex outside base/, node/ and the network'],
    [/\bthrow\b(?!.*\/\/)/, /^src\/(net|p2p|jsonrpc|config|rpc|node|conformance)\/|^apps\/|^tests\/|^bench\/|_test\.cpp$|testing\//, 'an exception in the core'],
];

for (const file of files.filter(isCpp)) {
    const lines = read(file).split('\n');
    if (!/^(\/\/|#include [<"])/.test(lines[0])) {
        report(file, 1, 'starts neither with a purpose comment nor with its own header');
    }
    if (file.endsWith('.hpp') && !lines.some((l) => l === '#pragma once')) report(file, 1, 'has no #pragma once');
    if (lines.length > FILE_LINES_MAX && !/lines|long because/i.test(lines.slice(0, 12).join(' '))) {
        report(file, 1, `has ${lines.length} lines; say why at the top or split it`);
    }
    lines.forEach((line, i) => {
        if (line.length > LINE_MAX && !/https?:|R"|"[0-9a-fA-Fx]{60,}/.test(line)) report(file, i + 1, `line of ${line.length} characters`);
        if (/\bTODO\b(?!\(#\d+\): )/.test(line)) report(file, i + 1, 'TODO without an issue number');
        const code = line.replace(/\/\/.*$/, '').replace(/"(\\.|[^"])*"/g, '""');
        for (const [pattern, allowed, what] of BANNED) {
            if (pattern.test(code) && !allowed.test(file)) report(file, i + 1, what);
        }
    });
}

// Every source is named by a CMakeLists.txt or a .cmake file above it.
const cmake = files.filter((f) => /CMakeLists\.txt$|\.cmake$/.test(f)).map(read).join('\n');
for (const file of files.filter((f) => f.endsWith('.cpp'))) {
    if (!cmake.includes(file.split('/').pop()) && !cmake.includes(file.split('/').pop().replace('.cpp', ''))) {
        report(file, 1, 'is named by no CMakeLists.txt');
    }
}
const allCode = files.filter(isCpp).map(read).join('\n');
for (const file of files.filter((f) => /^src\/.*\.hpp$/.test(f))) {
    if (!allCode.includes(`<otento/${file.slice(4)}>`)) report(file, 1, 'is included by nobody');
}

// Relative links in Markdown lead somewhere.
for (const file of files.filter((f) => f.endsWith('.md'))) {
    read(file).split('\n').forEach((line, i) => {
        for (const [, target] of line.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
            if (/^[a-z]+:/.test(target)) continue;
            if (!existsSync(join(ROOT, dirname(file), target))) report(file, i + 1, `broken link ${target}`);
        }
    });
}

// The arrow table: `| module | may use |` rows of docs/ARCHITECTURE.md against otento_module(... DEPS ...).
const wanted = new Map();
for (const [, module, uses] of read('docs/ARCHITECTURE.md').matchAll(/^\| `([a-z0-9]+)` \|([^|]*)\|/gm)) {
    wanted.set(module, [...uses.matchAll(/`([a-z0-9]+)`/g)].map((m) => m[1]).sort().join(' '));
}
for (const file of files.filter((f) => /^src\/[a-z0-9]+\/CMakeLists\.txt$/.test(f))) {
    const text = read(file).replace(/#.*$/gm, '').replace(/\s+/g, ' ');
    const match = text.match(/otento_module\(\s*([a-z0-9]+)([^)]*)\)/);
    if (!match) continue;
    const deps = (match[2].match(/\bDEPS ([a-z0-9 ]*)/)?.[1] ?? '').trim().split(' ').filter(Boolean).sort().join(' ');
    if (wanted.get(match[1]) !== deps) {
        report(file, 1, `arrows '${deps}' differ from docs/ARCHITECTURE.md: '${wanted.get(match[1]) ?? 'absent'}'`);
    }
    wanted.delete(match[1]);
}
for (const module of wanted.keys()) report('docs/ARCHITECTURE.md', 1, `module ${module} does not exist`);

for (const problem of problems) console.log(problem);
console.log(`${files.length} files read, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
