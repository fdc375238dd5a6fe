import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { ask } from "../../src/cli/prompt.js";

function terminal() {
	const [input, output] = [new PassThrough(), new PassThrough()];
	return { input, output, shown: () => String(output.read() ?? "") };
}

test("a question returns the line that is typed, without its end, and corrections count", async () => {
	const { input, output, shown } = terminal();
	const answer = ask("User at registry.example: ", { input, output });
	input.write("amn\x7fn\r");
	expect(await answer).toBe("amn");
	expect(shown()).toContain("User at registry.example: ");
});

test("what is typed to a hidden question does not appear", async () => {
	const { input, output, shown } = terminal();
	const answer = ask("Password of ann: ", { input, output, hidden: true });
	input.write("s3cret word\r");
	expect(await answer).toBe("s3cret word");
	expect(shown()).toBe("Password of ann: \n");
});

test.each([
	["an empty line", (input: PassThrough) => input.write("\r")],
	["the end of the input", (input: PassThrough) => input.end()],
])("%s is refused", async (_, type) => {
	const { input, output } = terminal();
	const answer = ask("Password of ann: ", { input, output, hidden: true });
	type(input);
	await expect(answer).rejects.toMatchObject({
		code: "ERR_USAGE",
		message: "Password of ann: expected an answer, got none",
	});
});
