import { describe, expect, test } from "vitest";
import { catalogueFiles } from "../../../src/evidence/catalogue/index.js";
import { type Content, displayByteString, utf8ByteString } from "../../../src/ground/bytes/index.js";
import { treeOf } from "../../support/catalogue-trees.js";
import { rpmHeader } from "../../support/rpm-header.js";
import { sqliteFile } from "../../support/sqlite-file.js";

type Files = Readonly<Record<string, string | Buffer | Content>>;

/** The name of the package that each file belongs to; `-` for none. */
function ownersOf(files: Files, more: readonly string[] = []) {
	const paths = [...Object.keys(files), ...more];
	const { catalogue, owners } = catalogueFiles(treeOf(files), paths);
	const names = paths.map((path, i) => [path, catalogue.components[owners[i]!]?.name ?? "-"]);
	return { ...Object.fromEntries(names), incomplete: catalogue.incomplete };
}

const deb = (name: string): string => `Package: ${name}\nStatus: install ok installed\nVersion: 1\n\n`;
const list = (name: string): string => `var/lib/dpkg/info/${name}.list`;
const python = (name: string): string => `Metadata-Version: 2.1\nName: ${name}\nVersion: 1\n`;

describe("packages of the system have the files that they list", () => {
	test("of dpkg, also where a list has the names from before the merge of /usr", () => {
		const files = {
			"var/lib/dpkg/status": deb("libc6") + deb("bash"),
			[list("libc6")]: "/.\n/lib\n/lib/x/libc.so.6\n",
			[list("bash:amd64")]: "/.\n/bin/bash\n/gone\n",
			[list("bash")]: "/.\n/bin/bash\n/gone\n",
		};
		expect(ownersOf(files, ["usr/lib/x/libc.so.6", "bin/bash", "etc/other"])).toMatchObject({
			"usr/lib/x/libc.so.6": "libc6",
			"bin/bash": "bash",
			"etc/other": "-",
			"var/lib/dpkg/status": "-",
		});
	});

	test("one that several list belongs to the first of them", () => {
		const files = {
			"var/lib/dpkg/status": deb("b") + deb("a"),
			[list("b")]: "/shared\n",
			[list("a")]: "/shared\n",
		};
		expect(ownersOf(files, ["shared"])).toMatchObject({ shared: "a" });
	});

	test("where dpkg diverts one, that of others belongs to them under its new name", () => {
		const files = {
			"var/lib/dpkg/status": deb("bash") + deb("dash") + deb("perl"),
			"var/lib/dpkg/diversions": "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/perl\n/usr/bin/perl.real\n:\n",
			[list("bash")]: "/bin/sh\n",
			[list("dash")]: "/bin/sh\n",
			[list("perl")]: "/usr/bin/perl\n",
		};
		const paths = ["bin/sh", "usr/bin/sh.distrib", "usr/bin/perl", "usr/bin/perl.real"];
		expect(ownersOf(files, paths)).toMatchObject({
			"bin/sh": "dash",
			"usr/bin/sh.distrib": "bash",
			"usr/bin/perl": "-",
			"usr/bin/perl.real": "perl",
			incomplete: [],
		});
	});

	test.each([
		["cut", "/bin/sh\n/bin/sh.distrib\n", "expected three lines for each diversion: the file is cut"],
		["too large", "x\n".repeat(1 << 20), `expected at most ${1 << 20} bytes, got ${2 << 20}`],
	])(
		"a list of diversions that is %s is noted, and the lists of files are read",
		(_name, diversions, reason) => {
			const files = {
				"var/lib/dpkg/status": deb("dash"),
				"var/lib/dpkg/diversions": diversions,
				[list("dash")]: "/bin/dash\n",
			};
			expect(ownersOf(files, ["bin/dash"])).toMatchObject({
				"bin/dash": "dash",
				incomplete: [{ path: "/var/lib/dpkg/diversions", reason }],
			});
		},
	);

	test("also names with backslashes, as systemd has them, and others than ASCII", () => {
		const files = {
			"var/lib/dpkg/status": deb("systemd"),
			[list("systemd")]: "/lib/a\\x2db.slice\n/etc/ü\n",
		};
		const shown = ["a\\x2db.slice", "ü"].map((name) => displayByteString(utf8ByteString(name)));
		expect(ownersOf(files, [`lib/${shown[0]}`, `etc/${shown[1]}`])).toMatchObject({
			"lib/a\\x5cx2db.slice": "systemd",
			"etc/ü": "systemd",
		});
	});

	test("of apk", () => {
		const installed = "P:musl\nV:1\nF:lib\nR:ld.so\n\nP:top\nV:1\nF:\nR:file\n\n";
		expect(ownersOf({ "lib/apk/db/installed": installed }, ["lib/ld.so", "file"])).toMatchObject({
			"lib/ld.so": "musl",
			file: "top",
		});
	});

	test("of opkg, whose newer lists have modes", () => {
		const files = {
			"usr/lib/opkg/status": "Package: dropbear\nVersion: 1\nStatus: install user installed\n\n",
			"usr/lib/opkg/info/dropbear.list": "/usr/sbin/dropbear\t0100755\n/etc/old\n",
		};
		expect(ownersOf(files, ["usr/sbin/dropbear", "etc/old"])).toMatchObject({
			"usr/sbin/dropbear": "dropbear",
			"etc/old": "dropbear",
		});
	});

	test("of rpm", () => {
		const header = rpmHeader({
			1000: "bash",
			1001: "5",
			1002: "1",
			1116: [0, 1],
			1117: ["bash", "README"],
			1118: ["/usr/bin/", "/usr/share/doc/bash/"],
		});
		const database = sqliteFile({ table: "Packages", rows: [[1, header]], pageSize: 4096 });
		const files = { "usr/lib/sysimage/rpm/rpmdb.sqlite": database };
		expect(ownersOf(files, ["usr/bin/bash", "usr/share/doc/bash/README", "bash"])).toMatchObject({
			"usr/bin/bash": "bash",
			"usr/share/doc/bash/README": "bash",
			bash: "-",
		});
	});
});

describe("packages of languages have the rest", () => {
	const site = "usr/lib/python3/site-packages";

	test("what RECORD lists, quoted and outside of its directory", () => {
		const files = {
			[`${site}/flask-1.dist-info/METADATA`]: python("flask"),
			[`${site}/flask-1.dist-info/RECORD`]:
				'flask/a.py,sha256=x,1\r\n"flask/a,b""c.py",,\n../../../bin/flask,,\n/opt/flask,,\n../../../../../../etc/x,,\n',
		};
		const more = [`${site}/flask/a.py`, `${site}/flask/a,b"c.py`, "usr/bin/flask", "opt/flask", "etc/x", "z"];
		expect(ownersOf(files, more)).toMatchObject({
			...Object.fromEntries(more.slice(0, -1).map((path) => [path, "flask"])),
			z: "-",
		});
	});

	test("what installed-files.txt lists, and metadata that is a single file", () => {
		const files = {
			[`${site}/old.egg-info/PKG-INFO`]: python("old"),
			[`${site}/old.egg-info/installed-files.txt`]: "../old.py\nPKG-INFO\n",
			[`${site}/single-1.egg-info`]: python("single"),
		};
		expect(ownersOf(files, [`${site}/old.py`])).toMatchObject({
			[`${site}/old.py`]: "old",
			[`${site}/old.egg-info/PKG-INFO`]: "old",
			[`${site}/single-1.egg-info`]: "single",
		});
	});

	test("what Python compiled of their sources", () => {
		const files = {
			[`${site}/a-1.dist-info/METADATA`]: python("a"),
			[`${site}/a-1.dist-info/RECORD`]: "a.py,,\n",
		};
		const compiled = `${site}/__pycache__/a.cpython-311.opt-1.pyc`;
		const more = [`${site}/a.py`, compiled, `${site}/__pycache__/b.cpython-311.pyc`, "__pycache__/a.pyc"];
		expect(ownersOf(files, more)).toMatchObject({
			[compiled]: "a",
			[`${site}/__pycache__/b.cpython-311.pyc`]: "-",
			"__pycache__/a.pyc": "-",
		});
	});

	test("what lies in the directory of a Node package, and of none in it", () => {
		const manifest = (name: string): string => JSON.stringify({ name, version: "1.0.0" });
		const outer = "app/node_modules/outer";
		const files = {
			"app/package.json": manifest("app"),
			[`${outer}/package.json`]: manifest("outer"),
			[`${outer}/node_modules/@s/inner/package.json`]: manifest("@s/inner"),
			[`${outer}/lib/package.json`]: manifest("a part"),
		};
		const more = [
			`${outer}/lib/x.js`,
			`${outer}/node_modules/@s/inner/a/b.js`,
			`${outer}x/y`,
			"app/index.js",
		];
		expect(ownersOf(files, more)).toMatchObject({
			"app/package.json": "-",
			[`${outer}/lib/package.json`]: "outer",
			[`${outer}/lib/x.js`]: "outer",
			[`${outer}/node_modules/@s/inner/a/b.js`]: "inner",
			[`${outer}x/y`]: "-",
			"app/index.js": "-",
		});
	});

	test("but for what a package of the system lists", () => {
		const files = {
			"var/lib/dpkg/status": deb("python3-flask"),
			[list("python3-flask")]: `/${site}/flask/a.py\n`,
			[`${site}/flask-1.dist-info/METADATA`]: python("flask"),
			[`${site}/flask-1.dist-info/RECORD`]: "flask/a.py,,\nflask/b.py,,\n",
		};
		expect(ownersOf(files, [`${site}/flask/a.py`, `${site}/flask/b.py`])).toMatchObject({
			[`${site}/flask/a.py`]: "python3-flask",
			[`${site}/flask/b.py`]: "flask",
		});
	});
});

describe("hostile lists", () => {
	test("one that is damaged leaves the others readable", () => {
		const files = {
			"var/lib/dpkg/status": deb("a") + deb("b"),
			[list("a")]: "x".repeat((1 << 20) + 1),
			[list("b")]: "/file\n",
		};
		expect(ownersOf(files, ["file"])).toMatchObject({
			file: "b",
			incomplete: [{ path: `/${list("a")}`, reason: expect.stringContaining("lines of at most") }],
		});
	});

	test("are read up to a limit of all of them together", () => {
		let read = 0;
		const huge = (size: number): Content => ({
			size,
			read(target) {
				read += target.length;
				target.fill(10);
			},
		});
		const files = {
			"var/lib/dpkg/status": deb("a") + deb("b"),
			[list("a")]: huge(2 ** 40),
			[list("b")]: "/file\n",
		};
		const { incomplete } = ownersOf(files, ["file"]) as { incomplete: unknown };
		expect(read).toBe(0);
		expect(incomplete).toContainEqual({
			path: `/${list("a")}`,
			reason: expect.stringMatching(/at most 268435456 bytes/),
		});
	});

	test("with paths of many levels cost each level once", () => {
		const manifest = JSON.stringify({ name: "p", version: "1" });
		const deep = (end: string): string => `node_modules/p/${"d/".repeat(5000)}${end}`;
		const more = Array.from({ length: 2000 }, (_, i) => deep(`${i}`));
		// Every level of every path would be 10 million strings of 5 KB: this test would not end in its time.
		expect(ownersOf({ "node_modules/p/package.json": manifest }, more)[more.at(-1)!]).toBe("p");
	});

	test("a path that is there twice, as it is shown, belongs to a package once", () => {
		const { owners } = catalogueFiles(treeOf({ "var/lib/dpkg/status": deb("a"), [list("a")]: "/twice\n" }), [
			"twice",
			"twice",
		]);
		expect([...owners].filter((owner) => owner >= 0)).toHaveLength(1);
	});
});
