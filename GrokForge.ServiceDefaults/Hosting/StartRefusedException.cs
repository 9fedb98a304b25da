namespace GrokForge.ServiceDefaults.Hosting;

/// <summary>A process cannot start for a reason that a person can mend; the message is the whole sentence they need to read.</summary>
public sealed class StartRefusedException(string sentence, Exception? inner = null) : Exception(sentence, inner);
