using System.CommandLine;

namespace GrokForge.AllInOne.Verbs;

/// <summary><c>reset-admin</c>: replaces a lost bootstrap password with a new one and prints it.</summary>
internal static class ResetAdminVerb
{
    public static Command Command(string[] settings)
    {
        var command = new Command("reset-admin", "Sets a new admin password and prints it. Refused where app.app_key is set.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var admin = await LocalAdmin.OpenAsync(settings, cancellationToken);
            Console.WriteLine(await admin.ResetPasswordAsync(cancellationToken));
            return 0;
        });
        return command;
    }
}
