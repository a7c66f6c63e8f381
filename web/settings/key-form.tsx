import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { ApiKey } from '../../server/contract/catalog.ts';
import { makeKeyMutation } from '../api/settings-queries.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { kindNames } from './key-words.ts';
import styles from './settings.module.css';

/** Makes a key, and shows its secret until the reader says that it is kept. */
export function KeyForm() {
  const [kind, setKind] = useState<ApiKey['kind']>('sdk');
  const [name, setName] = useState('');
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const make = useMutation(makeKeyMutation);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === '');
    if (name.trim() === '') field.current?.focus();
    else make.mutate({ kind, name: name.trim() }, { onSuccess: () => setName('') });
  };
  if (make.data) return <NewKey made={make.data} onKept={() => make.reset()} />;
  return (
    <form onSubmit={submit} className={styles.keyForm} aria-label="New key" noValidate>
      <NativeSelect
        label="For"
        value={kind}
        data={Object.entries(kindNames).map(([value, { forWhom }]) => ({ value, label: forWhom }))}
        onChange={(event) => setKind(event.currentTarget.value as ApiKey['kind'])}
      />
      <TextInput
        ref={field}
        label="Name"
        placeholder={kind === 'sdk' ? 'checkout service' : 'Anna'}
        maxLength={128}
        autoComplete="off"
        value={name}
        error={missing && name.trim() === '' ? 'Name it, so that you know later which one to revoke.' : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" loading={make.isPending}>
        Make key
      </Button>
      {make.isError && (
        <div className={styles.whole}>
          <ProblemNotice error={make.error} />
        </div>
      )}
    </form>
  );
}

function NewKey({ made, onKept }: { made: ApiKey & { secret: string }; onKept: () => void }) {
  const secret = useRef<HTMLElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <div className={`${styles.secret} tone-calm`}>
      <h3 ref={title} tabIndex={-1}>
        Copy the {kindNames[made.kind].name} “{made.name}” now
      </h3>
      <p>It is shown this once: the server keeps only its hash, and nobody can read it again.</p>
      <p className={styles.secretLine}>
        <code ref={secret}>{made.secret}</code>
        <CopyButton from={secret} what="the key" />
      </p>
      <Button size="xs" onClick={onKept}>
        I have kept it
      </Button>
    </div>
  );
}
