import { Component, type ReactNode } from 'react';
import { ProblemNotice } from './problem-notice.tsx';

type Props = { children: ReactNode; whole?: boolean };

/** Catches what threw while rendering, or code that could not be loaded after a new release; the rest stays up. */
export class FailureBoundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    const notice = (
      <ProblemNotice
        error={this.state.error}
        onRetry={() => window.location.reload()}
        headed={this.props.whole ?? false}
      />
    );
    return this.props.whole ? (
      <main style={{ maxWidth: 640, margin: '4rem auto', padding: '0 1rem' }}>{notice}</main>
    ) : (
      notice
    );
  }
}
