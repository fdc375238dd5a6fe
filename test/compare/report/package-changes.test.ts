import { expect, test } from "vitest";
import { htmlReport } from "../../../src/compare/report/html.js";
import { formatReport, markdownReport, reportDocument } from "../../../src/compare/report/index.js";
import { comparePackages } from "../../../src/compare/report/package-changes.js";
import { reportPlatform } from "../../../src/compare/report/platform-report.js";
import { directory, file } from "../../support/inodes.js";
import { sideOf } from "../../support/weighed-packages.js";

const status = (versions: Readonly<Record<string, string>>) =>
	file(
		Object.entries(versions)
			.map(
				([name, version]) =>
					`Package: ${name}\nStatus: install ok installed\nArchitecture: arm64\nVersion: ${version}\n`,
			)
			.join("\n"),
	);

function tree(versions: Readonly<Record<string, string>>, python: string) {
	const dist = directory({ METADATA: file(`Metadata-Version: 2.1\nName: flask\nVersion: ${python}\n`) });
	return {
		root: directory({
			etc: directory({ "os-release": file('ID=debian\nVERSION_ID="12"\n') }),
			var: directory({ lib: directory({ dpkg: directory({ status: status(versions) }) }) }),
			usr: directory({
				lib: directory({
					python3: directory({ "dist-packages": directory({ [`flask-${python}.dist-info`]: dist }) }),
				}),
			}),
		}),
	};
}

async function report(before: ReturnType<typeof tree>, after: ReturnType<typeof tree>) {
	const [old, next] = [
		await sideOf({ "d/root.squashfs": before }),
		await sideOf({ "d/root.squashfs": after }),
	];
	const platforms = [await reportPlatform(old, next, comparePackages)];
	return { platforms, missing: [], budgets: [] };
}

test("packages whose versions differ, by what their managers say", async () => {
	const before = tree({ openssl: "3.0.14", bash: "5.2", gone: "1" }, "2.0");
	const after = tree({ openssl: "3.0.15", bash: "5.2", fresh: "7" }, "2.1");
	const made = await report(before, after);
	expect(reportDocument(made)).toMatchObject({
		platforms: [
			{
				packages: [
					{ type: "deb", name: "debian/openssl", before: ["3.0.14"], after: ["3.0.15"] },
					{ type: "pypi", name: "flask", before: ["2.0"], after: ["2.1"] },
					{ name: "debian/fresh", before: [], after: ["7"] },
					{ name: "debian/gone", before: ["1"], after: [] },
				],
			},
		],
	});
	expect(formatReport(made)).toContain(
		"  debian/openssl 3.0.14 → 3.0.15\n  flask 2.0 → 2.1\n  debian/fresh 7 (new)\n  debian/gone 1 (removed)",
	);
	expect(markdownReport(made)).toContain("debian/openssl 3.0.14 → 3.0.15");
	expect(htmlReport(made)).toContain("<li>debian/openssl 3.0.14 → 3.0.15</li>");
});

test("files that only moved among others say nothing of packages", async () => {
	const same = { openssl: "3.0.14" };
	const made = await report(tree(same, "2.0"), {
		root: directory({ ...Object.fromEntries(tree(same, "2.0").root.entries), more: file("x") }),
	});
	expect(made.platforms[0]!.changes.map(({ path }) => path)).toEqual(["more"]);
	expect(made.platforms[0]!.packages).toEqual([]);
});
