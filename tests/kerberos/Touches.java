import java.lang.reflect.Field;

/** What do the libraries of Trino's plugins answer, where they ask the JDK's Kerberos packages? */
public class Touches {
    public static void main(String[] arguments) throws Exception {
        Class<?> hadoop = Class.forName("org.apache.hadoop.security.authentication.util.KerberosUtil");
        say("default realm", hadoop.getMethod("getDefaultRealm").invoke(null));
        say("principal", hadoop.getMethod("getServicePrincipal", String.class, String.class)
                .invoke(null, "HTTP", "kms.other.test"));
        Class<?> kafka = Class.forName("org.apache.kafka.common.security.kerberos.KerberosError");
        Exception refused = new Exception("login failed", ticketNotYetValid());
        say("error", kafka.getMethod("fromException", Exception.class).invoke(null, refused));
        Class<?> oracle = Class.forName("oracle.net.ano.AuthenticationService");
        Field found = oracle.getDeclaredField("isInternalSunAPIAvailable");
        found.setAccessible(true);
        say("class is there", found.get(null));
    }

    /** An error 33 of the JDK's own class, which may not be made without the flag that is tried here. */
    private static Throwable ticketNotYetValid() throws Exception {
        sun.misc.Unsafe unsafe = unsafe();
        Class<?> type = Class.forName("sun.security.krb5.KrbException");
        Throwable made = (Throwable) unsafe.allocateInstance(type);
        unsafe.putInt(made, unsafe.objectFieldOffset(type.getDeclaredField("returnCode")), 33);
        return made;
    }

    private static sun.misc.Unsafe unsafe() throws Exception {
        Field field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return (sun.misc.Unsafe) field.get(null);
    }

    private static void say(String what, Object answer) {
        System.out.println(what + ": " + answer);
    }
}
