import * as z from "zod/mini";

/** Says in English what a schema does not accept; by itself the small zod says "Invalid input" to all. */
export const explainIssue: z.core.$ZodErrorMap = z.locales.en().localeError;
