// The console as people use it: a real browser, the real server. SHOTS=DIR keeps pictures of the pages.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const require = createRequire(path.join(root, 'console/package.json'));
const { chromium } = require('playwright-core');
const esbuild = createRequire(require.resolve('vite'))('esbuild');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let passed = 0,
  failed = 0;
function claim(name, ok, detail = '') {
  if (ok) passed++;
  else {
    failed++;
    console.log(`FAIL ${name}\n     ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`);
  }
}

// --- The server -----------------------------------------------------------------------------------

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'console-'));
const functions = path.join(folder, 'functions');
fs.mkdirSync(functions);
const toggle = path.join(folder, 'works');
fs.writeFileSync(
  path.join(functions, 'fragile.py'),
  [
    'import os',
    'def handler(event, context):',
    `    if not os.path.exists(${JSON.stringify(toggle)}):`,
    "        raise ValueError('<img src=x onerror=alert(1)> no stock')",
    "    return {'ok': True}\n",
  ].join('\n'),
);

fs.writeFileSync(path.join(functions, 'asked.py'), 'def handler(event, context):\n    return 1\n');

async function start(...options) {
  const server = spawn(
    process.env.STEPWELL,
    [
      'serve',
      '--port',
      '0',
      '--listen',
      '127.0.0.1',
      '--data',
      fs.mkdtempSync(path.join(folder, 'data-')),
      '--functions',
      functions,
      ...options,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const url = await new Promise((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (part) => {
      said += part;
      const match = /https?:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (match) resolve(match[0]);
    });
    server.on('exit', () => reject(new Error(`the server ended: ${said}`)));
  });
  return { server, url };
}

// The functions of the approval example, whose reviewer is somebody else: here, this script.
const example = spawn(
  'python3',
  [path.join(root, 'examples/lambda_endpoint.py'), path.join(root, 'examples/approval/functions')],
  { env: { ...process.env, REVIEWER: 'you' }, stdio: ['ignore', 'pipe', 'ignore'] },
);
const endpoint = String(await new Promise((resolve) => example.stdout.once('data', resolve))).trim();
const { server, url } = await start('--lambda-endpoint', endpoint);
async function api(action, input) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'X-Amz-Target': `AWSStepFunctions.${action}` },
    body: JSON.stringify(input),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(body));
  return body;
}
const roleArn = 'arn:aws:iam::123456789012:role/test';
const create = async (name, definition) =>
  (await api('CreateStateMachine', { name, roleArn, definition: JSON.stringify(definition) })).stateMachineArn;
const run = async (stateMachineArn, input = {}) =>
  (await api('StartExecution', { stateMachineArn, input: JSON.stringify(input) })).executionArn;
const describe = (executionArn) => api('DescribeExecution', { executionArn });
async function until(check, what, ms = 20000) {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    const got = await check();
    if (got) return got;
    await new Promise((r) => setTimeout(r, 20));
  }
  throw new Error(`waited in vain for ${what}`);
}

const fragile = { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:fragile' };
const orders = {
  Comment: 'Orders, from the basket to the parcel',
  StartAt: 'Check',
  States: {
    Check: { Type: 'Pass', Next: 'Amount' },
    Amount: {
      Type: 'Choice',
      Choices: [{ Variable: '$.amount', NumericGreaterThan: 100, Next: 'Ask' }],
      Default: 'Ship',
    },
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'asked', Payload: { 'token.$': '$$.Task.Token' } },
      Next: 'Ship',
      Catch: [{ ErrorEquals: ['Rejected'], Next: 'Refuse' }],
    },
    Ship: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Pack', States: { Pack: { Type: 'Pass', Next: 'Label' }, Label: { Type: 'Pass', End: true } } },
        { StartAt: 'Invoice', States: { Invoice: { Type: 'Pass', End: true } } },
      ],
      Next: 'Reserve',
    },
    Reserve: { ...fragile, Next: 'Done' },
    Done: { Type: 'Succeed' },
    Refuse: { Type: 'Fail', Error: 'Refused' },
  },
};

// --- The browser ----------------------------------------------------------------------------------

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
});
const troubles = [];
async function open(hash, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, ...options });
  const page = await context.newPage();
  page.on('pageerror', (e) => troubles.push(`${hash}: ${e.message}`));
  page.on('console', (m) => {
    if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) troubles.push(`${hash}: ${m.text()}`);
  });
  page.on('dialog', (d) => {
    troubles.push(`${hash}: a dialog: ${d.message()}`);
    d.dismiss();
  });
  page.on('request', (r) => {
    if (!r.url().startsWith(url) && !/^(data|blob):/.test(r.url())) troubles.push(`${hash}: asked ${r.url()}`);
  });
  await page.goto(`${url}/${hash}`);
  await page.waitForSelector('main');
  return page;
}
const page_of = (kind, arn) => `#/${kind}/${encodeURIComponent(arn)}`;
const status = (page, state) => page.locator(`[data-state="${state}"]`).getAttribute('data-status');
const shows = (page, state, wanted) =>
  page.waitForSelector(`[data-state="${state}"][data-status="${wanted}"]`, { timeout: 15000 });
async function accessible(page, name) {
  await page
    .evaluate(`(() => { const module = undefined, exports = undefined, define = undefined; ${axe} })()`)
    .catch(() => {});
  if (!(await page.evaluate('!!window.axe'))) await page.evaluate(axe);
  const result = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  const serious = result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  claim(
    `axe: ${name}`,
    serious.length === 0,
    serious.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`).join(' | '),
  );
}
async function shot(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`) });
}

// --- What is shown --------------------------------------------------------------------------------

async function pure() {
  const built = await esbuild.build({
    stdin: {
      contents: `export * from './steps'; export * from './graph/model'; export * from './locate';`,
      resolveDir: path.join(root, 'console/src'),
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    write: false,
  });
  const m = await import(
    `data:text/javascript;base64,${Buffer.from(built.outputFiles[0].text).toString('base64')}`
  );
  const graph = m.readGraph(orders);
  claim(
    'a graph has states and edges',
    graph.nodes.length === 7 &&
      graph.edges.some((e) => e.kind === 'catch' && e.label === 'Rejected') &&
      graph.edges.some((e) => e.label === 'amount > 100'),
    graph,
  );
  claim('branches are graphs inside', graph.nodes.find((n) => n.name === 'Ship').inner.length === 2);
  claim(
    'a definition with gaps is a graph, too',
    m.readGraph({ States: { A: { Type: 'Task', Next: 'B' }, B: null, C: 5 } }).nodes.length === 1 &&
      m.readGraph(null).nodes.length === 0,
  );
  claim(
    'rules in words',
    m.describeRule({
      And: [{ Variable: '$.a', IsPresent: true }, { Not: { Variable: '$.b', StringEquals: 'x' } }],
    }) === 'a is present and not b = x',
  );
  const where = m.place('{"States": {"Pay": {"Type": "Task", "Retry": []}}}', '/States/Pay/Retry[0]');
  claim('a diagnostic has its place', where.from === 36, where);
}

async function draws() {
  const page = await open('#/new');
  await page.waitForSelector('[data-state="Greet"]');
  await accessible(page, 'editor');
  const editor = page.locator('.cm-content');
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(
    '{"StartAt":"First","States":{"First":{"Type":"Pass","Next":"Second"},"Second":{"Type":"Succeed"}}}',
  );
  await page.waitForSelector('[data-state="Second"]');
  claim(
    'a machine is drawn while it is typed',
    (await page.locator('[data-state="First"]').count()) === 1 &&
      (await page.locator('[data-state="Greet"]').count()) === 0,
  );
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"StartAt":"First","States":{"First":{"Type":"Pass","Next":"Nowhere"}}}');
  await page.waitForSelector('.problem.error');
  const problem = await page.locator('.problem.error').first().textContent();
  claim('what is wrong is said, with its place', /Nowhere|MISSING|First/.test(problem), problem);
  claim('a wrong definition cannot be created', await page.getByRole('button', { name: 'Create' }).isDisabled());
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"StartAt":"First","States":{"First":{"Type":"Pass","End":true}}}');
  await page.waitForSelector('.problems .good');
  await page.getByRole('button', { name: 'YAML' }).click();
  claim('YAML shows the same', (await editor.textContent()).includes('StartAt: First'), await editor.textContent());
  await page.getByLabel('Name', { exact: true }).fill('typed');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForSelector('h1:has-text("typed")');
  claim('it is created', true);
  await page.getByRole('button', { name: 'Start execution' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await shows(page, 'First', 'succeeded');
  claim('and run, with its picture', (await status(page, 'First')) === 'succeeded');
  await page.context().close();
}

async function approves(machine) {
  const execution = await run(machine, { amount: 640 });
  const page = await open(page_of('executions', execution));
  await shows(page, 'Ask', 'waiting');
  await shot(page, 'waiting');
  await page.getByRole('button', { name: 'Approve…' }).click();
  await page.getByRole('button', { name: 'Send success' }).click();
  await shows(page, 'Reserve', 'failed');
  claim('a waiting task is approved from the page', (await status(page, 'Ask')) === 'succeeded');
  await page.waitForSelector('h1 + .badge.failed');
  await page.getByRole('button', { name: 'Go to the failure' }).click();
  const detail = await page.locator('.detail').textContent();
  claim(
    'the failed state is found, and why it failed',
    detail.includes('ValueError') && detail.includes('no stock'),
    detail,
  );
  claim('text from outside stays text', (await page.locator('.detail img, .trouble img').count()) === 0);
  await accessible(page, 'execution');
  await shot(page, 'execution');
  fs.writeFileSync(toggle, '');
  await page.getByRole('button', { name: 'Redrive' }).click();
  await shows(page, 'Done', 'succeeded');
  claim(
    'it is redriven to its end',
    (
      await until(async () => {
        const d = await describe(execution);
        return d.status !== 'RUNNING' && d;
      }, 'its end')
    ).status === 'SUCCEEDED',
  );
  await page.getByRole('tab', { name: 'Events' }).click();
  await page.getByLabel('Search events').fill('redriven');
  await page.waitForSelector('.row.event');
  claim('events are searched', (await page.locator('.row.event').count()) === 1);
  await page.context().close();
}

async function approvesExample() {
  const definition = JSON.parse(fs.readFileSync(path.join(root, 'examples/approval/approval.asl.json'), 'utf8'));
  const execution = await run(await create('approval', definition), {
    item: 'standing desk',
    amount: 640,
    requester: 'Ada',
    patience: { approver: 3600, deputy: 3600 },
  });
  const page = await open(page_of('executions', execution));
  await page.getByRole('button', { name: 'Approve…' }).click();
  await page.getByRole('button', { name: 'Send success' }).click();
  await page.waitForSelector('h1 + .badge.succeeded');
  claim('the approval example runs to its end by a click', (await describe(execution)).status === 'SUCCEEDED');
  await shot(page, 'approval');
  await page.context().close();
}

async function rejects(machine) {
  const execution = await run(machine, { amount: 640 });
  const page = await open(page_of('executions', execution));
  await shows(page, 'Ask', 'waiting');
  await page.getByRole('button', { name: 'Reject…' }).click();
  await page.getByRole('button', { name: 'Send failure' }).click();
  await shows(page, 'Refuse', 'failed');
  claim('a waiting task is rejected; its error was caught', (await status(page, 'Ask')) === 'caught');
  await page.context().close();
}

// From the event's time to the colour's: both clocks are this machine's.
async function quick() {
  const states = {};
  for (let i = 0; i < 8; i++)
    states[`W${i}`] = { Type: 'Wait', Seconds: 1, ...(i < 7 ? { Next: `W${i + 1}` } : { End: true }) };
  const machine = await create('waits', { StartAt: 'W0', States: states });
  const execution = await run(machine);
  const page = await open(page_of('executions', execution));
  await page.evaluate(() => {
    window.changed = {};
    new MutationObserver(() => {
      for (const e of document.querySelectorAll('[data-state][data-status="succeeded"]'))
        window.changed[e.dataset.state] ??= Date.now();
    }).observe(document.body, { subtree: true, attributes: true, childList: true });
  });
  await shows(page, 'W7', 'succeeded');
  const changed = await page.evaluate('window.changed');
  const { events } = await api('GetExecutionHistory', { executionArn: execution });
  const late = events
    .filter((e) => e.type === 'WaitStateExited' && e.stateExitedEventDetails.name !== 'W0')
    .map((e) => changed[e.stateExitedEventDetails.name] - e.timestamp * 1000)
    .filter((n) => n > -1000)
    .sort((a, b) => a - b);
  console.log(`states change colour ${late.map((n) => Math.round(n)).join(', ')} ms after their events`);
  claim(
    'states change colour as it runs, the median within 200 ms',
    late.length >= 5 && late[Math.floor(late.length / 2)] <= 200,
    late,
  );
  await page.context().close();
}

async function many() {
  const machine = await create('many', {
    StartAt: 'All',
    States: {
      All: {
        Type: 'Map',
        ItemsPath: '$.items',
        End: true,
        ItemProcessor: {
          StartAt: 'One',
          States: {
            One: {
              Type: 'Choice',
              Choices: [{ Variable: '$', NumericEquals: 7777, Next: 'Bad' }],
              Default: 'Good',
            },
            Bad: { Type: 'Fail', Error: 'Odd' },
            Good: { Type: 'Succeed' },
          },
        },
      },
    },
  });
  const small = await run(machine, { items: Array.from({ length: 3000 }, (_, i) => i) });
  await until(async () => (await describe(small)).status !== 'RUNNING', 'the small map', 60000);
  const page = await open(page_of('executions', small));
  await page.waitForSelector('h1 + .badge.succeeded', { timeout: 60000 });
  await until(
    () => page.evaluate(() => document.querySelector('[data-state=Good]')?.textContent.includes('3,000')),
    'the counts',
    60000,
  );
  claim('thousands of iterations are folded into counts', true);
  claim('a list has what is seen alone', (await page.locator('.row').count()) < 100);
  const begun = Date.now();
  await page.locator('.virtual').evaluate((e) => {
    e.scrollTop = e.scrollHeight;
  });
  await until(
    () => page.evaluate(() => [...document.querySelectorAll('.row')].some((r) => r.textContent.includes('#2999'))),
    'the end of the list',
  );
  claim('its end is there at once', Date.now() - begun < 3000, `${Date.now() - begun} ms`);
  await page.context().close();
  const large = await run(machine, { items: Array.from({ length: 10000 }, (_, i) => i) });
  await until(async () => (await describe(large)).status !== 'RUNNING', 'the large map', 120000);
  const other = await open(page_of('executions', large));
  await other.waitForSelector('h1 + .badge.failed', { timeout: 60000 });
  await other.getByRole('button', { name: 'Go to the failure' }).click();
  await other.waitForSelector('.detail');
  claim('of 10,000 iterations the first failure is one click away', true);
  await shot(other, 'map');
  await other.context().close();
}

// A distributed Map: 10,000 children, each an execution of its own.
async function mapRuns() {
  const machine = await create('children', {
    StartAt: 'Prepare',
    States: {
      Prepare: { Type: 'Pass', Next: 'Each' },
      Each: {
        Type: 'Map',
        ToleratedFailureCount: 5,
        ResultSelector: { done: true },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'One',
          States: {
            One: {
              Type: 'Choice',
              Choices: [{ Variable: '$.n', NumericEquals: 7777, Next: 'Bad' }],
              Default: 'Good',
            },
            Bad: { Type: 'Fail', Error: 'Odd', Cause: 'this one is' },
            Good: { Type: 'Succeed' },
          },
        },
        ItemSelector: { 'n.$': '$$.Map.Item.Value', 'all.$': '$$.Execution.Name' },
        Label: 'Each',
        End: true,
      },
    },
  });
  const items = Array.from({ length: 10000 }, (_, i) => i);
  const execution = await run(machine, items);
  const begun = Date.now();
  const page = await open(page_of('executions', execution));
  await page.locator('[data-state="Each"]').first().click();
  await page.waitForSelector('.map-run-link');
  await until(
    () => page.evaluate(() => document.querySelector('.map-run-link').textContent.includes('9,999 succeeded')),
    'all children',
    60000,
  );
  claim('a Map Run is shown with its Map', true);
  await page.locator('.map-run-link').click();
  await page.waitForSelector('.map-run h1 + .badge');
  await until(
    () => page.evaluate(() => /10,000 shown/.test(document.querySelector('.children')?.textContent ?? '')),
    'the children',
    60000,
  );
  claim('10,000 children are listed', true, `${Date.now() - begun} ms`);
  claim('as many rows as are seen', (await page.locator('.row').count()) < 100);
  await accessible(page, 'map run');
  await shot(page, 'map-run');
  await page.getByLabel('Status').selectOption('FAILED');
  await until(
    () => page.evaluate(() => /^.*1 shown/.test(document.querySelector('.children').textContent)),
    'the filter',
  );
  await page.getByRole('link', { name: 'Go to the first failure' }).click();
  await page.waitForSelector('[data-state="Bad"][data-status="failed"]');
  claim(
    'of 10,000 children the one that failed is two clicks away',
    (await page.locator('[data-state="Each"]').count()) === 0 &&
      (await page.locator('main').textContent()).includes('this one is'),
  );
  await page.getByRole('link', { name: 'Map Run' }).click();
  await page.waitForSelector('.map-run');
  claim('and the way back is one', true);
  await page.context().close();
}

async function dataFlow() {
  const machine = await create('flow', {
    StartAt: 'Set',
    States: {
      Set: { Type: 'Pass', Assign: { rate: 3 }, Next: 'Shape' },
      Shape: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        InputPath: '$.order',
        Parameters: { FunctionName: 'asked', Payload: { 'amount.$': '$.amount', 'rate.$': '$rate' } },
        ResultSelector: { 'answer.$': '$.Payload' },
        ResultPath: '$.shaped',
        OutputPath: '$.shaped',
        End: true,
      },
    },
  });
  const execution = await run(machine, { order: { amount: 5 } });
  await until(async () => (await describe(execution)).status === 'SUCCEEDED', 'its end');
  const page = await open(page_of('executions', execution));
  await page.locator('[data-state="Shape"]').click();
  await page.getByRole('button', { name: 'Show its data flow' }).click();
  await page.waitForSelector('.data-flow pre');
  const shown = await page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('.data-flow .payload')].map((e) => [
        e.querySelector('h4').textContent,
        JSON.parse(e.querySelector('pre').textContent),
      ]),
    ),
  );
  claim(
    'the value after each field is shown',
    JSON.stringify(shown['after InputPath']) === '{"amount":5}' &&
      shown['after Parameters'].Payload.rate === 3 &&
      JSON.stringify(shown['after ResultSelector']) === '{"answer":1}' &&
      JSON.stringify(shown['after ResultPath']) === '{"order":{"amount":5},"shaped":{"answer":1}}' &&
      JSON.stringify(shown['Output (after OutputPath or Output)']) === '{"answer":1}',
    shown,
  );
  await page.context().close();
}

async function injections() {
  const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
  const states = {};
  states[evil] = { Type: 'Fail', Error: evil, Cause: evil };
  const machine = await create('evil', { Comment: evil, StartAt: evil, States: states });
  const execution = await run(machine, { [evil]: evil });
  await until(async () => (await describe(execution)).status !== 'RUNNING', 'its end');
  for (const hash of [page_of('executions', execution), page_of('machines', machine), page_of('edit', machine)]) {
    const page = await open(hash);
    await page.waitForSelector('[data-state]');
    await page.waitForTimeout(300);
    claim(
      `injected text stays text: ${hash.slice(2, 9)}`,
      (await page.locator('main img, main script').count()) === 0,
    );
    await page.context().close();
  }
}

async function keyboard(machine) {
  const page = await open('#/machines');
  await page.waitForSelector('td a');
  await accessible(page, 'list');
  await page.locator('td a', { hasText: 'orders' }).first().focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-state="Check"]');
  await accessible(page, 'machine');
  await page.locator('[data-state="Amount"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('h2:has-text("Amount")');
  claim('a state is chosen by the keyboard', true);
  await page.getByRole('button', { name: 'Test this state' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Input (JSON)').fill('{"amount": 500}');
  await page.getByRole('button', { name: 'Test', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog:has-text("next:")');
  claim('a state is tested alone', (await page.locator('dialog').textContent()).includes('Ask'));
  await page.keyboard.press('Escape');
  const chart = page.locator('.flowchart'),
    before = await page.locator('.scene').getAttribute('transform');
  await chart.focus();
  await page.keyboard.press('+');
  const zoomed = await page.locator('.scene').getAttribute('transform');
  await page.keyboard.press('0');
  await page.waitForTimeout(100);
  claim(
    'the picture zooms and fits by keys',
    before !== zoomed && (await page.locator('.scene').getAttribute('transform')) === before,
    [before, zoomed],
  );
  await page.locator('[data-state="Ship"]').focus();
  await page.keyboard.press('c');
  await page.waitForSelector('[data-state="Pack"]', { state: 'detached' });
  claim('a nested box is folded', true);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'SVG' }).click();
  const saved = fs.readFileSync(await (await download).path(), 'utf8');
  claim('the picture is saved', saved.startsWith('<svg') && saved.includes('Amount'), saved.slice(0, 200));
  await page.getByRole('button', { name: 'Start execution' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Input (JSON)').fill('{"amount": 1}');
  await page.getByRole('button', { name: 'Start', exact: true }).focus();
  await page.keyboard.press('Enter');
  await shows(page, 'Done', 'succeeded');
  claim('an execution is started and watched by the keyboard', true);
  await page.context().close();
  const dark = await open(page_of('machines', machine), { colorScheme: 'dark' });
  await dark.waitForSelector('[data-state="Check"]');
  await accessible(dark, 'machine, dark');
  await shot(dark, 'dark');
  await dark.context().close();
  const narrow = await open('#/machines', { viewport: { width: 420, height: 900 } });
  await narrow.waitForSelector('td a');
  await shot(narrow, 'narrow');
  await narrow.context().close();
}

async function logsIn() {
  const file = path.join(folder, 'credentials');
  fs.writeFileSync(file, '[default]\naws_access_key_id = AKIDCONSOLE\naws_secret_access_key = s3cret\n', {
    mode: 0o600,
  });
  const guarded = await start('--credentials', file);
  const context = await browser.newContext(),
    page = await context.newPage();
  await page.goto(guarded.url);
  await page.waitForSelector('h1:has-text("Log in")');
  await page.getByLabel('Access key id').fill('AKIDCONSOLE');
  await page.getByLabel('Secret access key').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForSelector('[role=alert]');
  await page.getByLabel('Secret access key').fill('s3cret');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForSelector('h1:has-text("State machines")');
  claim('logging in', true);
  const cookie = (await context.cookies())[0];
  claim('its cookie is for nobody else', cookie.httpOnly && cookie.sameSite === 'Strict', cookie);
  const bare = await fetch(guarded.url, {
    method: 'POST',
    headers: { Cookie: `${cookie.name}=${cookie.value}`, 'X-Amz-Target': 'AWSStepFunctions.ListStateMachines' },
    body: '{}',
  });
  claim('a cookie alone proves nothing', bare.status === 400 || bare.status === 403, String(bare.status));
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForSelector('h1:has-text("Log in")');
  claim('logging out', true);
  await context.close();
  guarded.server.kill();
}

try {
  await pure();
  await draws();
  const machine = await create('orders', orders);
  await approves(machine);
  await approvesExample();
  await rejects(machine);
  await keyboard(machine);
  await quick();
  await injections();
  await many();
  await mapRuns();
  await dataFlow();
  await logsIn();
} catch (error) {
  claim('the script came to its end', false, error.stack);
}
claim('no error, no dialog and no request elsewhere', troubles.length === 0, troubles.slice(0, 5).join(' | '));
await browser.close();
server.kill();
example.kill();
fs.rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
