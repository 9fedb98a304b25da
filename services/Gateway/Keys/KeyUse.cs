namespace GrokForge.Gateway.Keys;

/// <summary>Decides which requests count for a key's day and totals.</summary>
internal static class KeyUse
{
    private const int ClientClosedRequest = 499;

    /// <summary>Refused and failed requests cost nothing; one that the client itself gave up does.</summary>
    public static bool IsFailure(int status) => status >= 400 && status != ClientClosedRequest;
}
