using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.Admin.Login;

/// <summary>Tells whether a presented password opens /admin, and counts the wrong ones.</summary>
internal sealed class PasswordCheck(AdminPassword password, VerbSecret verbSecret, LockOut lockOut)
{
    private const int LongestPassword = 1024;

    public async Task<bool> IsRightAsync(string presented, HttpContext http, CancellationToken cancellationToken)
    {
        var address = http.Features.GetRequiredFeature<ClientAddress>().Network;
        var right = presented.Length <= LongestPassword
            && (presented.StartsWith(VerbSecret.Prefix, StringComparison.Ordinal)
                ? verbSecret.Use(presented)
                : await password.IsRightAsync(presented, () => lockOut.Remaining(address) is not null, cancellationToken));
        if (!right)
            lockOut.CountFailure(address);
        return right;
    }
}
