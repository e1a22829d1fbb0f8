// validate.mjs: how many times a CPU-second asl-validator checks one definition.
//
//   PEERS=... node bench/validate.mjs DEFINITION SECONDS
//
// As the workloads' peers/validate.mjs, which knows four definitions and takes minutes for the
// largest.
import fs from 'fs';
import { createRequire } from 'module';

const require = createRequire(process.env.PEERS + '/');
const validator = require('asl-validator');
const validate = validator.default ?? validator;
const [path, seconds] = process.argv.slice(2);
const text = fs.readFileSync(path, 'utf8');
const cpuSeconds = () => {
  const used = process.cpuUsage();
  return (used.user + used.system) / 1e6;
};

let count = 0, passed = 0;
const small = text.length < 100000;
for (let i = 0; small && i < 3; i++) validate(JSON.parse(text)); // warm
const from = cpuSeconds();
do {
  if (!validate(JSON.parse(text), { checkPaths: true }).isValid) throw Error('not valid');
  count++;
  passed = cpuSeconds() - from;
} while (passed < +seconds);
console.log(`definition ${(count / passed).toFixed(4)} defs/cpu-s`);
