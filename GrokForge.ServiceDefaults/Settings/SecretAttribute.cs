namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Marks an option that is masked wherever it is shown and encrypted where it is saved.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
