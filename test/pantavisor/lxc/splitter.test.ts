import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderLxcConfig } from "../../../src/pantavisor/lxc/index.js";
import { DEVICE_SPLITTERS, UPSTREAM_SPLITTERS } from "../../../src/pantavisor/lxc/splitter.js";
import { decodeLxcValue, encodeLxcValue } from "../../../src/pantavisor/lxc/value.js";
import { lintLxcConfig } from "../../../src/pantavisor/rules/index.js";
import { renderInput } from "../../support/rendering.js";

const [argvFork, plainFork, newFork] = DEVICE_SPLITTERS as [
	(typeof DEVICE_SPLITTERS)[0],
	(typeof DEVICE_SPLITTERS)[0],
	(typeof DEVICE_SPLITTERS)[0],
];

// docs/formats/devices.md#liblxc, and what was seen on the running device
describe("the splitters of devices", () => {
	test.each([
		['/x "a" "b c"', ["/x", "a", "b c"], ["/x", "a", "b c"], ["/x", "a", "b c"]],
		['"echo \\"hello\\" > /x"', ['echo "hello" > /x'], ["echo \\hello\\ > /x"], ['echo "hello" > /x']],
		[`"a \\"b\\" 'c'"`, [`a "b" 'c'`], ["a \\b\\ 'c'"], [`a "b" 'c'`]],
		['"c:\\\\dir"', ["c:\\dir"], ["c:\\\\dir"], ["c:\\dir"]],
		[
			`'echo "hello" > /x'`,
			['echo "hello" > /x'],
			["'echo", "hello", ">", "/x'"],
			["'echo", "hello", ">", "/x'"],
		],
		['/x "-g""daemon off;"', ["/x", "-gdaemon off;"], ["/x", "-gdaemon off;"], ["/x", "-g", "daemon off;"]],
		['/x "" "a"', ["/x", "a"], ["/x", "", "a"], ["/x", "", "a"]],
	])("%s", (command, argv, plain, fork) => {
		expect(argvFork.split(command)).toEqual(argv);
		expect(plainFork.split(command).join("|")).toBe(plain.join("|"));
		expect(newFork.split(command)).toEqual(fork);
	});

	test("upstream keeps quotes before 6.0", () => {
		expect(UPSTREAM_SPLITTERS[0]!.split('/x "a b"')).toEqual(["/x", '"a', 'b"']);
		expect(UPSTREAM_SPLITTERS[1]!.split(`/x "a b" 'c d'`)).toEqual(["/x", "a b", "c d"]);
	});
});

describe("a command of any words", () => {
	const word = fc.string({ unit: fc.constantFrom(..."ab \"'\\/=$"), maxLength: 6 });

	test("is started by a device as it is, or refused", () => {
		fc.assert(
			fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
				fc.pre(words[0] !== "");
				let conf: string;
				try {
					conf = renderLxcConfig(renderInput({ Cmd: words }))!;
				} catch (error) {
					expect(error).toMatchObject({ code: "ERR_LXC_VALUE" });
					return;
				}
				const line = /^lxc\.init\.cmd =(.*)$/m.exec(conf)![1]!;
				const started = DEVICE_SPLITTERS.map(({ split }) => split(decodeLxcValue(line)));
				expect(started).toContainEqual(words);
				const told = lintLxcConfig(conf, "conf").some(({ code }) => code === "LXC_COMMAND");
				expect(told).toBe(new Set(started.map((each) => JSON.stringify(each))).size > 1);
			}),
			{ numRuns: 2000 },
		);
	});

	test("without quotes, backslashes and empty words is started alike by every device", () => {
		const plain = fc.string({ unit: fc.constantFrom(..."ab /=$-;"), minLength: 1, maxLength: 8 });
		fc.assert(
			fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), (words) => {
				const line = /^lxc\.init\.cmd =(.*)$/m.exec(renderLxcConfig(renderInput({ Cmd: words }))!)![1]!;
				for (const { split } of DEVICE_SPLITTERS) expect(split(decodeLxcValue(line))).toEqual(words);
			}),
		);
	});
});

test("every value is what liblxc keeps of its spelling", () => {
	fc.assert(
		fc.property(fc.string({ unit: fc.constantFrom(..."a \t\"'"), maxLength: 6 }), (value) => {
			expect(decodeLxcValue(encodeLxcValue(value))).toBe(value);
		}),
	);
});
