// Compares `otento bench evm` with the recorded figures of vectors/evm-bench/anchors.json, scaled by what recovering a
// secp256k1 key takes here and took there. Prints a table by group, the geometric mean and the slowest programs.
//
//   node bench/evm_anchors.mjs [--otento PROGRAM] [--bench FOLDER] [--filter TEXT] [--rounds N] [--samples N] [--markdown]
//
// A round runs every file between two calibrations. The best round of each program counts, since a busy machine only
// ever slows things down. Exit code 1 if a program does not give what it must.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
};
const otento = option('otento', join(root, 'build/release/bin/otento'));
const folder = option('bench', join(process.env.OTENTO_SHARED_DIR ?? join(root, '../shared'), 'vectors/evm-bench'));
const rounds = Number(option('rounds', 1));
const samples = option('samples', '7');
const filter = option('filter', '');
const markdown = process.argv.includes('--markdown');

const anchors = JSON.parse(readFileSync(join(folder, 'anchors.json'), 'utf8'));
const there = anchors.calibration['libsecp256k1_0.2.0_recover_cpu_us'];
const run = (...args) => execFileSync(otento, ['bench', ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
const calibrate = () => JSON.parse(run('calibrate')).libsecp256k1_recover_cpu_us;

const programs = new Map();
const calibrations = [];
let mismatches = 0;
for (let round = 0; round < rounds; ++round) {
    for (const file of readdirSync(join(folder, 'vectors')).filter((f) => f.endsWith('.json')).sort()) {
        const before = calibrate();
        let lines;
        try {
            lines = run('evm', '--json', '--samples', samples, '--min-time', '0.03', '--filter', filter,
                '--vectors', join(folder, 'vectors', file));
        } catch (error) {
            if (error.status !== 1) throw error;
            lines = error.stdout;
        }
        const here = (before + calibrate()) / 2;
        calibrations.push(here);
        for (const line of lines.split('\n').filter(Boolean)) {
            const result = JSON.parse(line);
            if (result.match !== 'ok') {
                console.error(`${result.name}: ${result.match}`);
                ++mismatches;
            }
            const anchor = anchors.vectors[result.name]?.evmone_baseline_us;
            if (!anchor) continue;
            const ratio = anchor * 1000 * (here / there) / result.cpu_ns_med;
            const best = programs.get(result.name);
            if (!best || best.ratio < ratio) {
                programs.set(result.name, { name: result.name, group: file.replace('.json', ''), ratio, us: result.cpu_ns_med / 1000 });
            }
        }
    }
}

const mean = (list) => Math.exp(list.reduce((sum, p) => sum + Math.log(p.ratio), 0) / list.length);
const all = [...programs.values()];
if (all.length === 0) {
    console.error('no program ran');
    process.exit(2);
}
const groups = [...new Set(all.map((p) => p.group))];
const slowest = (list) => list.reduce((a, b) => (a.ratio < b.ratio ? a : b));
const row = (name, list) => {
    const worst = slowest(list);
    return markdown
        ? `| ${name} | ${list.length} | ${mean(list).toFixed(2)} | ${worst.ratio.toFixed(2)} (${worst.name}) |`
        : `${name.padEnd(14)} ${String(list.length).padStart(4)} programs  ${mean(list).toFixed(2)} x  slowest ${worst.ratio.toFixed(2)} x ${worst.name}`;
};
if (markdown) {
    console.log('| group | programs | speed, geometric mean | slowest |\n|---|---|---|---|');
} else {
    all.sort((a, b) => a.ratio - b.ratio).forEach((p) => console.log(`${p.name.padEnd(38)} ${p.us.toFixed(1).padStart(11)} us  ${p.ratio.toFixed(2)} x`));
    console.log(`\ncalibration: ${Math.min(...calibrations).toFixed(1)} to ${Math.max(...calibrations).toFixed(1)} us here, ${there} us there`);
}
groups.forEach((group) => console.log(row(group, all.filter((p) => p.group === group))));
console.log(row('all', all));
process.exit(mismatches === 0 ? 0 : 1);
