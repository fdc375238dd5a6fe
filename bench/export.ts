import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Authority } from "../test/support/certificates.js";
import { addDebianImage, DEBIAN_PLATFORMS } from "../test/support/debian-image.js";
import { DockerRegistry } from "../test/support/docker-registry.js";
import { LayoutDirectory } from "../test/support/layout-directory.js";
import { have, runBeside } from "../test/support/programs.js";
import { type Measurement, machine, measure, median } from "./measure.js";

// `pvpkg export` of a Debian image from Debian's docker-registry on loopback, each tier, against
// the pipeline that a user would run, and against pvr where it is on PATH; in turns, as the
// machine's speed changes. Needs root for umoci.
//   node dist/bench/export.js [ROUNDS] [VARIANT] [TIERS]

const PROGRAM = resolve("dist/program/cli/main.js");

/** What is compared; each makes a package `out.tgz` in the directory it runs in. */
interface Contender {
	readonly name: string;
	readonly script: string;
}

/** @param image `HOST/app:1`. */
function contenders(image: string, tiers: readonly string[]): Contender[] {
	const ours = tiers.map((tier) => ({
		name: `pvpkg export --tier ${tier}`,
		script: `"${process.execPath}" "${PROGRAM}" export ${image} app -p linux/amd64 -o out.tgz --no-sign --no-cache --tier ${tier}`,
	}));
	const pipeline = {
		name: "skopeo copy, umoci unpack, mksquashfs -comp xz, tar \\| gzip",
		script: `set -e
			skopeo --override-arch amd64 copy -q --insecure-policy --src-tls-verify=false docker://${image} oci:layout:1
			umoci unpack --image layout:1 bundle
			mkdir -p package/objects
			mksquashfs bundle/rootfs package/objects/root.squashfs -comp xz -noappend -no-progress -quiet
			echo '{}' >package/json
			tar -C package -c . | gzip >out.tgz`,
	};
	return [...ours, pipeline];
}

/** pvr speaks TLS only: to a server of its own over the same storage. */
async function servePvr(
	storage: string,
): Promise<{ readonly registry: DockerRegistry; readonly contender: Contender }> {
	const authority = new Authority("bench");
	const { cert, key } = authority.issue("registry");
	const paths = { certificate: join(storage, "server.pem"), key: join(storage, "key.pem") };
	writeFileSync(paths.certificate, cert);
	writeFileSync(paths.key, key);
	writeFileSync(join(storage, "ca.pem"), authority.certificate);
	const registry = await DockerRegistry.start(storage, { http: { tls: paths } });
	const script = `set -e
		export HOME=$PWD PVR_DISABLE_SELF_UPGRADE=1 SSL_CERT_FILE="${join(storage, "ca.pem")}"
		mkdir checkout && cd checkout && pvr init
		pvr app add --from ${registry.host}/app:docker --source remote --platform linux/amd64 app
		pvr add . && pvr commit && pvr export ../out.tgz`;
	return { registry, contender: { name: "pvr app add, commit, export", script } };
}

/** Runs a contender in a directory of its own; its package's size beside what it took. */
function compete(work: string, { script }: Contender): Measurement & { readonly size: number } {
	const directory = mkdtempSync(join(work, "run-"));
	try {
		writeFileSync(join(directory, "run.sh"), `cd "${directory}"\n${script}\n`);
		const cost = measure(["bash", join(directory, "run.sh")]);
		return { ...cost, size: statSync(join(directory, "out.tgz")).size };
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
}

type Result = ReturnType<typeof compete>;

/** A row of the table: medians, and the median of each round's ratio to the pipeline. */
function row(name: string, results: readonly Result[], pipeline: readonly Result[]): string {
	const of = (key: keyof Result): number => median(results.map((result) => result[key]));
	const ratio = (key: keyof Result): string =>
		median(results.map((result, round) => result[key] / pipeline[round]![key])).toFixed(2);
	const cells = [
		name,
		`${of("wall").toFixed(1)} s`,
		ratio("wall"),
		`${of("cpu").toFixed(1)} s`,
		ratio("cpu"),
		`${(of("memory") / 1e6).toFixed(0)} MB`,
		`${(of("size") / 1e6).toFixed(2)} MB`,
		ratio("size"),
	];
	return `| ${cells.join(" | ")} |`;
}

function versions(): string {
	const first = (program: string, ...args: string[]): string =>
		execFileSync(program, args, { encoding: "utf8" }).split("\n")[0]!.trim();
	return [first("skopeo", "--version"), first("umoci", "--version"), first("mksquashfs", "-version")].join(
		"; ",
	);
}

async function publish(host: string, work: string, variant: string): Promise<void> {
	const layout = new LayoutDirectory(join(work, "layout"));
	layout.tag("1", [await addDebianImage(layout, DEBIAN_PLATFORMS[0]!, work, variant)]);
	const from = ["-q", "--all", "--insecure-policy", `oci:${layout.directory}:1`, "--dest-tls-verify=false"];
	await runBeside("skopeo", "copy", ...from, `docker://${host}/app:1`);
	// As pvr knows no OCI manifests.
	await runBeside("skopeo", "copy", "--format", "v2s2", ...from, `docker://${host}/app:docker`);
}

async function run(rounds: number, variant: string, tiers: readonly string[]): Promise<void> {
	const work = mkdtempSync(join(tmpdir(), "pvpkg-export-"));
	mkdirSync(join(work, "registry"));
	const registry = await DockerRegistry.start(join(work, "registry"));
	const pvr = have("pvr") ? await servePvr(join(work, "registry")) : undefined;
	try {
		await publish(registry.host, work, variant);
		const all = contenders(`${registry.host}/app:1`, tiers);
		if (pvr !== undefined) all.push(pvr.contender);
		const results = new Map(all.map(({ name }) => [name, [] as Result[]]));
		for (let round = 0; round < rounds; round++) {
			for (const contender of all) {
				const result = compete(work, contender);
				results.get(contender.name)!.push(result);
				console.error(`${contender.name}: ${result.wall.toFixed(1)} s, ${result.cpu.toFixed(1)} s CPU`);
			}
		}
		const pipeline = results.get(all[tiers.length]!.name)!;
		console.log(
			`${machine()}; ${versions()}; mmdebstrap --variant=${variant}; medians of ${rounds} rounds\n`,
		);
		console.log("| | wall time | ratio | CPU | ratio | largest process | package | ratio |");
		console.log("|---|---|---|---|---|---|---|---|");
		for (const [name, measured] of results) console.log(row(name, measured, pipeline));
	} finally {
		await registry.close();
		await pvr?.registry.close();
		rmSync(work, { recursive: true, force: true });
	}
}

const [, , rounds = "3", variant = "minbase", tiers = "fast,balanced,best"] = process.argv;
await run(Number(rounds), variant, tiers.split(","));
