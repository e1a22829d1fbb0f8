// The same as bench.c with the npm package jsonata: PEERS=DIR node peer.mjs [MILLISECONDS] <
// cases.jsonl Promises are awaited: an evaluation is over when its result is there.
import fs from 'fs';
import { createRequire } from 'module';
const require = createRequire((process.env.PEERS || process.cwd()) + '/');
const jsonata = require('jsonata');
const budget = Number(process.argv[2] || 20);

const cpu = () => { const c = process.cpuUsage(); return (c.user + c.system) / 1000; };

async function evaluation(c) {
    const e = jsonata(c.expr);
    for (let i = 0; i < 30; i++) await e.evaluate(c.data, c.bindings || {});
    for (let rounds = 16; ; rounds *= 4) {
        const start = cpu();
        for (let i = 0; i < rounds; i++) await e.evaluate(c.data, c.bindings || {});
        const took = cpu() - start;
        if (took >= budget) return took * 1e6 / rounds;
    }
}

function compilation(c) {
    for (let rounds = 16; ; rounds *= 4) {
        const start = cpu();
        for (let i = 0; i < rounds; i++) jsonata(c.expr);
        const took = cpu() - start;
        if (took >= budget / 4) return took * 1e6 / rounds;
    }
}

const cases = fs.readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line));
// The compiler of the engine warms up on all of it, before anything is measured.
for (const c of cases.filter(c => c.set !== '1k')) {
    const e = jsonata(c.expr);
    for (let i = 0; i < 10; i++) await e.evaluate(c.data, c.bindings || {});
}
for (const c of cases) {
    const result = await jsonata(c.expr).evaluate(c.data, c.bindings || {});
    const line = [c.name, c.set, (await evaluation(c)).toFixed(1), compilation(c).toFixed(1),
        result === undefined ? 'undefined' : JSON.stringify(result)];
    console.log(line.join('\t'));
}
