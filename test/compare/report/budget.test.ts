import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { type Budget, parseBudgetExpression, parseBudgets } from "../../../src/compare/report/budget.js";
import { type BudgetResult, checkBudgets } from "../../../src/compare/report/budget-check.js";
import { codeQualityReport } from "../../../src/compare/report/gitlab.js";
import { memberLine } from "../../../src/compare/report/member-line.js";
import { reportPlatform } from "../../../src/compare/report/platform-report.js";
import { parseJson } from "../../../src/ground/json/index.js";
import { directory, file, noise } from "../../support/inodes.js";
import { reportOf, sideOf } from "../../support/weighed-packages.js";

const read = (text: string): Budget[] =>
	parseBudgets(parseJson(text, "pvpkg.json"), "pvpkg.json", ["budgets"]);

describe("budgets are read", () => {
	test.each([
		['{"*":{"package":"64M"}}', { value: 64 * 1024 ** 2 }],
		['{"*":{"package":"64MB"}}', { value: 64_000_000 }],
		['{"*":{"package":"1.5 KiB"}}', { value: 1536 }],
		['{"*":{"files":20000}}', { value: 20_000 }],
		['{"*":{"growth":"2%"}}', { percent: 2 }],
		['{"*":{"growth":"0.5%"}}', { percent: 0.5 }],
		['{"*":{"growth":"10K"}}', { value: 10_240 }],
	])("%s", (text, max) => {
		expect(read(text)[0]).toMatchObject({ platform: "*", warn: undefined, max });
	});

	test("with a warning before the limit, and for single files", () => {
		const text = '{"arm32v6":{"file":{"usr/lib/**":{"warn":"4K","max":"5K"},"*":"9M"}}}';
		expect(read(text)).toEqual([
			{
				platform: "arm32v6",
				name: "file",
				pattern: "usr/lib/**",
				warn: { value: 4096 },
				max: { value: 5120 },
				path: ["budgets", "arm32v6", "file", "usr/lib/**"],
			},
			expect.objectContaining({ pattern: "*", warn: undefined }),
		]);
	});

	test.each([
		["[]", "pvpkg.json: budgets: expected an object"],
		[
			'{"*":{"pakage":"64M"}}',
			'budgets.*.pakage: expected one of package, growth, ota, file, files, got "pakage"',
		],
		['{"*":{"package":"64 bananas"}}', 'budgets.*.package: expected a size such as 64M, got "64 bananas"'],
		['{"*":{"package":"2%"}}', 'expected a size such as 64M, got "2%"'],
		['{"*":{"package":-1}}', "expected a size such as 64M"],
		['{"*":{"package":{"maximum":"1M"}}}', "budgets.*.package.maximum: expected warn or max"],
		['{"*":{"file":"5M"}}', "budgets.*.file: expected an object"],
	])("%s is refused", (text, message) => {
		expect(() => read(text)).toThrow(message);
	});

	test.each([
		["ota=8M", { platform: "*", name: "ota", pattern: undefined }],
		["arm32v6.package=64M", { platform: "arm32v6", name: "package" }],
		["file:usr/lib/**=5M", { platform: "*", name: "file", pattern: "usr/lib/**" }],
	])("on the command line: %s", (text, expected) => {
		expect(parseBudgetExpression(text)).toMatchObject(expected);
	});

	test.each(["ota", "ota=", "file=5M", "ota:x=5M", "=5M", "size=5M"])("%s is refused", (text) => {
		expect(() => parseBudgetExpression(text)).toThrow(/budget/);
	});
});

const levels = (results: readonly BudgetResult[]) => results.map(({ name, level }) => `${name} ${level}`);

describe("budgets are kept or not", () => {
	const before = { root: directory({ a: file(noise(3000, 1)), d: directory({ b: file("b") }) }) };
	const after = {
		root: directory({ a: file(noise(9000, 2)), d: directory({ b: file("b"), c: file(noise(2000, 3)) }) }),
	};

	test("each with what weighs most", async () => {
		const report = await reportOf(before, after, { rawData: true, rawFragments: true });
		const budgets = read(
			'{"*":{"package":"1M","growth":"1%","ota":"1K","files":2,"file":{"d/*":{"warn":1000,"max":3000}}}}',
		);
		const results = checkBudgets(report, budgets);
		expect(levels(results)).toEqual([
			"package ok",
			"growth exceeded",
			"ota exceeded",
			"files exceeded",
			"file d/* warn",
		]);
		expect(results.map(({ causes }) => causes)).toEqual([
			[],
			["+6.00 kB a (changed)", "+2.00 kB d/c (new)"],
			["12.3 kB demo/root.squashfs is new as a whole"],
			["2 files in d", "1 file in ."],
			["2.00 kB d/c", "1 B d/b"],
		]);
	});

	test("a platform's own budget counts instead of everyone's", async () => {
		const report = await reportOf(before, after);
		expect(
			levels(checkBudgets(report, read('{"arm32v6":{"ota":"1M"},"*":{"ota":"1K"},"amd64":{"ota":"1"}}'))),
		).toEqual(["ota ok"]);
	});

	test("without an old package growth is not known, and breaks nothing", async () => {
		const report = await reportOf(undefined, after);
		expect(levels(checkBudgets(report, read('{"*":{"growth":"1%","ota":"1K"}}')))).toEqual([
			"growth unknown",
			"ota unknown",
		]);
	});

	test("a percentage is of the old package", async () => {
		const old = await sideOf({ "a/root.squashfs": before }, { size: 10_000 });
		const next = await sideOf({ "a/root.squashfs": after }, { size: 10_200 });
		const check = async (limit: string) =>
			levels(checkBudgets(await reportPlatform(old, next), [parseBudgetExpression(`growth=${limit}`)]));
		expect([await check("2%"), await check("1.9%")]).toEqual([["growth ok"], ["growth exceeded"]]);
	});
});

describe("code quality", () => {
	const project =
		'{\n  "name": "ota",\n  "budgets": {\n    "*": { "files": 1 },\n    "arm32v6": {\n      "ota": "1K"\n    }\n  }\n}\n';
	const budgets = parseBudgets(parseJson('{"*":{"files":1},"arm32v6":{"ota":"1K"}}', "p"), "p", ["budgets"]);
	const quality = async (text: string) => {
		const report = await reportOf(
			{ root: directory({}) },
			{ root: directory({ a: file(text), b: file("b") }) },
		);
		const results = checkBudgets(report, budgets);
		const line = ({ path }: Budget) => memberLine(project, path);
		return JSON.parse(codeQualityReport({ platforms: [report], missing: [], budgets: results }, line)) as {
			fingerprint: string;
			location: unknown;
		}[];
	};

	test("has the line of the budget, and what GitLab's schema asks for", async () => {
		expect(await quality("x")).toEqual([
			{
				description: expect.stringContaining("arm32v6: files: 2 files, expected at most 1 file"),
				check_name: "pvpkg-budget",
				fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
				severity: "major",
				location: { path: "pvpkg.json", lines: { begin: 4 } },
			},
			expect.objectContaining({ location: { path: "pvpkg.json", lines: { begin: 6 } } }),
		]);
	});

	test("is a list of issues as GitLab's schema has them", async () => {
		// https://docs.gitlab.com/ci/testing/code_quality: what each issue must have, and nothing unknown.
		const string = { type: "string", minLength: 1 };
		const line = { type: "integer", minimum: 1 };
		const object = (properties: object) => ({
			type: "object",
			required: Object.keys(properties),
			additionalProperties: false,
			properties,
		});
		const issue = object({
			description: string,
			check_name: string,
			fingerprint: string,
			severity: { enum: ["info", "minor", "major", "critical", "blocker"] },
			location: object({
				path: { type: "string", pattern: "^(?!\\./|/)." },
				lines: object({ begin: line }),
			}),
		});
		const check = new Ajv({ strict: true }).compile({ type: "array", items: issue });
		const issues = await quality("x".repeat(5000));
		expect([check(issues), check.errors]).toEqual([true, null]);
		expect(check([{ ...issues[0], location: { path: "./pvpkg.json", lines: { begin: 0 } } }])).toBe(false);
		expect(issues).toHaveLength(2);
	});

	test("is the same finding from run to run", async () => {
		const fingerprints = async (text: string) => (await quality(text)).map(({ fingerprint }) => fingerprint);
		expect(await fingerprints("x")).toEqual(await fingerprints("y".repeat(100)));
		expect(new Set(await fingerprints("x")).size).toBe(2);
	});
});

test.each([
	[["budgets", "b"], 4],
	[["budgets", "b", "x"], 5],
	[["budgets", "nothing"], 3],
	[["other"], 1],
])("the line of %j", (path, line) => {
	const text =
		'{\n "b": {"budgets": {"b": 1}}, "c": ["budgets", {"b": "\\"x\\":"}],\n "budgets":\n {"a": {"x": 1}, "b": {\n  "x" : 2}}}';
	expect(memberLine(text, path)).toBe(line);
});
