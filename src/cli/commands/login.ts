import type { Command } from "commander";
import { logIn, logOut } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { addRegistryOptions, type RegistryFlags } from "../image-options.js";
import { ask } from "../prompt.js";
import type { Session } from "../session.js";
import { credentials, registryOptions } from "../settings.js";

const REGISTRY_HELP = "registry, HOST[:PORT]; docker.io for Docker Hub";

export function loginCommand(): Command {
	const command = createCommand(
		"login",
		"Check credentials at a registry, and keep them where docker does: with its credential helper where config.json names one, else in config.json (--registry-config and REGISTRY_AUTH_FILE name another file).",
		"pvpkg login registry.example -u ci --password-stdin < token",
	).argument("<registry>", REGISTRY_HELP);
	return addRegistryOptions(command).action(
		action(async (session, flags: RegistryFlags, registry: string) => {
			const given = await loginCredentials(session, flags, registry);
			const options = registryOptions(session, flags);
			const result = await logIn(registry, given, options, session.signal);
			if (result.answer === "not asked") {
				session.terminal.warn(
					`${registry}: the registry does not ask for credentials, so they could not be checked`,
				);
			}
			session.terminal.report<"login">(
				`${registry}: logged in, kept by ${result.helper ?? result.path}`,
				result,
			);
		}),
	);
}

/** Returns the credentials of the command line; what they lack is asked for where somebody can type it. */
async function loginCredentials(session: Session, flags: RegistryFlags, registry: string) {
	const { password, passwordStdin } = flags;
	const canAsk = process.stdin.isTTY && process.stderr.isTTY && !password && !passwordStdin;
	if (canAsk) {
		const username = flags.username || (await ask(`User at ${registry}: `));
		const typed = await ask(`Password of ${username}: `, { hidden: true });
		session.terminal.hide(typed);
		return { username, password: typed };
	}
	const given = credentials(session, flags);
	if (given !== undefined) return given;
	throw new UsageError("login: expected --username, and --password-stdin or PVR_REGISTRY_PASSWORD");
}

export function logoutCommand(): Command {
	const command = createCommand(
		"logout",
		"Forget the credentials of a registry that login kept.",
		"pvpkg logout registry.example",
	)
		.argument("<registry>", REGISTRY_HELP)
		.option("--registry-config <file>", "credentials in the form of docker's config.json");
	return command.action(
		action(async (session, flags: RegistryFlags, registry: string) => {
			const result = await logOut(registry, registryOptions(session, flags));
			const place = result.helper ?? result.path;
			const wasThere = result.helper !== undefined || result.replaced === true;
			const text = wasThere
				? `${registry}: logged out of ${place}`
				: `${registry}: ${place} has no login of it`;
			session.terminal.report<"logout">(text, result);
		}),
	);
}
