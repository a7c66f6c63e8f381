import { Modal } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { Icon } from '../parts/icons.tsx';
import styles from './command-palette.module.css';
import { type Command, rankCommands } from './rank-commands.ts';
import { recentPlaces } from './recent-places.ts';
import { useCommands } from './use-commands.ts';

type Props = { opened: boolean; onClose: () => void };

/** Jump to anything, or do it, by typing a few letters of its name. */
export default function CommandPalette({ opened, onClose }: Props) {
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      returnFocus={false}
      size="lg"
      yOffset="12vh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label="Search and commands">
        <Modal.Body p={0}>
          <Chooser onClose={onClose} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Mounted anew each time, so that it starts empty and with what is recent by then. */
function Chooser({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('');
  const [place, setPlace] = useState(0);
  const [recent] = useState(recentPlaces);
  const navigate = useNavigate();
  const { commands, pending, failed } = useCommands();
  const found = rankCommands(commands, query, recent);
  const active = found[Math.min(place, found.length - 1)];
  const choose = ({ to, run }: Command) => {
    onClose();
    if (to === undefined) run?.();
    else navigate(to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = placeAfter(event.key, Math.min(place, found.length - 1), found.length);
    if (next !== null) setPlace(next);
    else if (event.key === 'Enter' && active) choose(active);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className={styles.head}>
        <Icon name="search" />
        <input
          data-autofocus
          className={styles.input}
          role="combobox"
          aria-label="Experiment, slot, metric, page or action"
          aria-expanded="true"
          aria-controls="commands"
          aria-autocomplete="list"
          aria-activedescendant={active ? optionId(active) : undefined}
          placeholder="Experiment, slot, metric, page or action"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setPlace(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd className={styles.key}>Esc</kbd>
      </div>
      <div id="commands" role="listbox" aria-label="Found" className={styles.list}>
        {found.map((command) => (
          <Option
            key={command.id}
            command={command}
            isActive={command === active}
            isRecent={command.to !== undefined && recent.includes(command.to)}
            onChoose={() => choose(command)}
          />
        ))}
      </div>
      <p role="status" className={`${styles.foot} muted small`}>
        {footOf(query, found.length, pending, failed)}
      </p>
    </>
  );
}

type OptionProps = { command: Command; isActive: boolean; isRecent: boolean; onChoose: () => void };

function Option({ command, isActive, isRecent, onChoose }: OptionProps) {
  const { label, kind } = command;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard stays in the field, which chooses with Enter.
    // biome-ignore lint/a11y/useFocusableInteractive: the field tells which one is active.
    <div
      id={optionId(command)}
      role="option"
      aria-selected={isActive}
      className={styles.option}
      ref={isActive ? (one) => one?.scrollIntoView({ block: 'nearest' }) : undefined}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      <span className={styles.label}>{label}</span>
      <span className="muted small">{isRecent ? `${kind}, recent` : kind}</span>
    </div>
  );
}

const optionId = ({ id }: Command): string => `command-${id.replace(/[^\w-]/g, '_')}`;

/** Where the arrows lead: round at the ends. Null: another key. */
function placeAfter(key: string, place: number, length: number): number | null {
  if (length === 0) return null;
  switch (key) {
    case 'ArrowDown':
      return (place + 1) % length;
    case 'ArrowUp':
      return (place + length - 1) % length;
    case 'PageDown':
      return Math.min(length - 1, place + 8);
    case 'PageUp':
      return Math.max(0, place - 8);
    default:
      return null;
  }
}

function footOf(query: string, found: number, pending: boolean, failed: boolean): string {
  if (pending) return 'Reading experiments, slots and metrics…';
  const missing = failed ? ' Not all could be read: the server did not answer.' : '';
  if (found === 0) return `Nothing is called “${query.trim()}”.${missing}`;
  return `${found === 1 ? '1 match' : `${found} matches`}. Arrows choose, Enter opens.${missing}`;
}
