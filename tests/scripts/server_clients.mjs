// server_clients.mjs: @aws-sdk/client-sfn for server_clients.py. One call a line on the standard
// input, {action, input}; one answer a line on the standard output, {output} or {error, mapped}.

import * as sdk from "@aws-sdk/client-sfn";
import { createInterface } from "node:readline";

const client = new sdk.SFNClient({
    endpoint: process.argv[2],
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    disableHostPrefix: true, // StartSyncExecution and TestState would go to sync-<host>
    maxAttempts: 1,
});

for await (const line of createInterface({ input: process.stdin })) {
    const { action, input } = JSON.parse(line);
    let answer;
    try {
        const { $metadata, ...output } = await client.send(new sdk[action + "Command"](input));
        answer = { output };
    } catch (error) {
        const mapped = sdk[error.name] !== undefined && error instanceof sdk[error.name];
        answer = { error: error.name, message: error.message, mapped };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
}
