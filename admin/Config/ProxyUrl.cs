using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Config;

/// <summary>Shows a proxy URL without its credentials: http://********@host:3128.</summary>
internal static class ProxyUrl
{
    public static string Masked(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var at = url.LastIndexOf('@');
        return at < 0 ? url : $"{(scheme >= 0 && scheme < at ? url[..(scheme + 3)] : "")}{SettingsDescription.Mask}{url[at..]}";
    }
}
