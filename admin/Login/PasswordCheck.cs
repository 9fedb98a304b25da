using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.Admin.Login;

/// <summary>Tells whether a presented password opens /admin, counts the wrong ones, and looks at none from an address that is locked out.</summary>
internal sealed class PasswordCheck(AdminPassword password, LockOut lockOut, ForwardingProof forwarding)
{
    private const int LongestPassword = 1024;

    public static AdminError Wrong { get; } =
        AdminError.Unauthorized("invalid_app_key", "The admin password is wrong. 'grokforge reset-admin' makes a new one.");

    /// <summary>Null where the password is right.</summary>
    public async Task<AdminError?> RefusalAsync(string presented, HttpContext http, CancellationToken cancellationToken)
    {
        var address = ClientAddress.Of(await forwarding.ClientOfAsync(http)).Network;
        // A right password is turned away too: else the lock-out would not hinder a guesser.
        if (lockOut.Remaining(address) is { } wait)
            return TooManyFailures(wait);
        if (presented.Length <= LongestPassword && await password.IsRightAsync(presented, () => lockOut.Remaining(address) is not null, cancellationToken))
            return null;

        lockOut.CountFailure(address);
        return Wrong;
    }

    private static AdminError TooManyFailures(TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many wrong passwords came from this address.", RetryAfter: wait);
}
