namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Marks an option that may change at any time but acts only from the next start on.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeedsRestartAttribute : Attribute;
