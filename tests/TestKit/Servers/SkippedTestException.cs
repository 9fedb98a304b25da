namespace GrokForge.TestKit.Servers;

/// <summary>Ends a test as skipped, with the reason printed: xunit reads the mark at the start of the message.</summary>
public sealed class SkippedTestException(string reason) : Exception($"$XunitDynamicSkip${reason}");
