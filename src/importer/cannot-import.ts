import { LinkyError, type ErrorKey } from '../providers/errors';

/** Why a file as a whole is not imported. */
export const cannotImport = (key: Extract<ErrorKey, `import-${string}`>, code: string = key): LinkyError =>
  new LinkyError(code, { key, retry: 'after-change' });
