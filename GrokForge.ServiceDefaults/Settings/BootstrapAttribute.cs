namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Marks an option that is needed before saved overrides can be read, or that names a place on this machine: it is never overridden and stays as it was at start.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BootstrapAttribute : Attribute;
