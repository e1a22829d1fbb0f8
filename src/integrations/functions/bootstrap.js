// Runs a JavaScript handler: the Lambda Runtime API, as Lambda's own runtime speaks it. The server starts it with
// `node -e` in the function's folder; what it needs is in the environment.
const http = require('http');
const path = require('path');
const fs = require('fs');
const url = require('url');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId = '';

function call(method, where, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const options = { host, port, agent, method, headers, path: '/2018-06-01/runtime/' + where };
    const request = http.request(options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

// Lines as Lambda has them
const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR' };
for (const [name, level] of Object.entries(levels)) {
  console[name] = (...what) => {
    const text = require('util').format(...what).replace(/\n/g, '\r');
    process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`);
  };
}

function describe(error) {
  if (error instanceof Error)
    return JSON.stringify({
      errorType: error.name,
      errorMessage: error.message,
      trace: (error.stack || '').split('\n'),
    });
  return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
}

function trouble(type, message) {
  const error = new Error(message);
  error.name = type;
  return error;
}

async function load(file) {
  for (const end of ['.mjs', '.js', '.cjs', '']) {
    const whole = path.resolve(file + end);
    if (!fs.existsSync(whole) || fs.statSync(whole).isDirectory()) continue;
    return end === '.cjs' ? require(whole) : import(url.pathToFileURL(whole).href);
  }
  throw trouble('Runtime.ImportModuleError', `Error: Cannot find module '${path.basename(file)}'`);
}

async function findHandler() {
  const match = /^(.*)\.([^./]+)$/.exec(process.env._HANDLER);
  if (!match) throw trouble('Runtime.MalformedHandlerName', 'Bad handler');
  const module = await load(match[1]);
  const handler = module[match[2]] || (module.default && module.default[match[2]]);
  if (typeof handler !== 'function')
    throw trouble('Runtime.HandlerNotFound', `${process.env._HANDLER} is undefined or not exported`);
  return handler;
}

function makeContext(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const client = headers['lambda-runtime-client-context'];
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: client ? JSON.parse(client) : undefined,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

// A handler answers by its promise or by its callback. When nothing is left to do and it has not, the result is null,
// as on AWS: what a handler that is not async returns does not count.
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    Object.assign(context, { done: callback, fail: reject, succeed: resolve });
    finish = resolve;
    const result = handler(event, context, callback);
    if (result && typeof result.then === 'function') result.then(resolve, reject);
  });
}

let finish = () => {};
process.on('beforeExit', () => finish(null));

// The process is in an unknown state: it reports and ends.
async function end(error) {
  console.error('Uncaught Exception', describe(error));
  if (requestId) await call('POST', `invocation/${requestId}/error`, describe(error));
  process.exit(129);
}
process.on('uncaughtException', end);
process.on('unhandledRejection', (reason) => end(trouble('Runtime.UnhandledPromiseRejection', String(reason))));

async function serve(handler) {
  const { headers, body } = await call('GET', 'invocation/next');
  const context = makeContext(headers);
  requestId = context.awsRequestId;
  try {
    const result = JSON.stringify(await run(handler, JSON.parse(body), context));
    await call('POST', `invocation/${requestId}/response`, result === undefined ? 'null' : result);
  } catch (error) {
    console.error('Invoke Error', describe(error));
    await call('POST', `invocation/${requestId}/error`, describe(error));
  }
}

async function main() {
  let handler;
  try {
    handler = await findHandler();
  } catch (error) {
    console.error('Uncaught Exception', describe(error));
    await call('POST', 'init/error', describe(error));
    process.exit(1);
  }
  for (;;) await serve(handler);
}

main();
