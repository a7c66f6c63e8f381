import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../api/queries.ts';
import { AppearanceCard } from '../settings/appearance-card.tsx';
import { KeysCard } from '../settings/keys-card.tsx';
import { ServerCard } from '../settings/server-card.tsx';

/** Who may come in, how the server is, and how it looks here. */
export default function SettingsPage() {
  const { data: session } = useQuery(sessionQuery);
  return (
    <div className="stack">
      <title>Settings · Assay</title>
      <div>
        <h1>Settings</h1>
        {session && (
          <p className="muted">
            Project {session.project}, environment {session.environment}. You are signed in with the key “{session.name}
            ”.
          </p>
        )}
      </div>
      <KeysCard />
      <ServerCard />
      <AppearanceCard />
    </div>
  );
}
