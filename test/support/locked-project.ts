import { cpSync, mkdirSync } from "node:fs";
import { expect } from "vitest";
import { Workplace } from "./command-line.js";
import { run } from "./programs.js";
import { TestRegistry } from "./registry.js";
import { tarball } from "./tar-builder.js";
import { file } from "./tar-members.js";

const PLATFORMS = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm", variant: "v7" },
];

/** A project of one container for two platforms, with a lock, and a layout of all that the lock names. */
export class LockedProject {
	readonly registry: TestRegistry;
	readonly place: Workplace = new Workplace();

	private constructor(registry: TestRegistry) {
		this.registry = registry;
	}

	/** @param layout the directory in the workplace that takes what the lock names. */
	static async start(layout: string): Promise<LockedProject> {
		const registry = await TestRegistry.start();
		const project = new LockedProject(registry);
		const images = PLATFORMS.map((platform) =>
			registry.addImage("team/app", platform, [tarball(file("etc/app", platform.architecture))]),
		);
		registry.addIndex("team/app", "1", images);
		await project.done("install", `${registry.host}/team/app:1`, "web", "-p", "linux/amd64,linux/arm/v7");
		await project.done("lock");
		await project.done("fetch", "-o", layout);
		return project;
	}

	/** Runs pvpkg in the workplace. */
	async done(...args: readonly string[]): Promise<void> {
		const { code, stderr } = await this.place.run(args, { env: { BUILD_VERSION: "1" } });
		expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
	}

	/** Copies the project into `project`, apart from whatever else lies in the workplace. */
	copy(): void {
		mkdirSync(this.place.path("project"));
		for (const name of ["pvpkg", "pvpkg.json", "pvpkg.lock.json"]) {
			cpSync(this.place.path(name), this.place.path(`project/${name}`), { recursive: true });
		}
	}

	/** Removes all of it, what build systems made read-only, too. */
	async close(): Promise<void> {
		await this.registry.close();
		run("chmod", "-R", "u+w", this.place.directory);
		this.place.remove();
	}
}
